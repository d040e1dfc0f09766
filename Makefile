# Thin on purpose: packaging/setup_machine.py makes the machine ready, pyproject.toml says what the tools check.
# make PYTHON=/path/to/python3.12 …   chooses the interpreter (default: the first of 3.11, 3.12 on PATH)
# make run ARGS="--headless …"        hands arguments to the program
.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
# Tests of real parts, and long ones, have the machine to themselves; the others share its cores.
real = ndi or jack or xvfb or slow
setup = python=$$(sh packaging/find_python.sh $(PYTHON)) && "$$python" packaging/setup_machine.py

.PHONY: help run test test-fast test-kernels lint check format bench film soak soak-short soak-sinks fuzz package docs notices clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: ## set everything up and run the program (ARGS="--source stage --headless …")
	@$(setup) run
	@$(BIN)/python -m app $(ARGS)

test: ## set everything up, then check style, types and layers and run every test
	@$(setup) test
	@$(MAKE) --no-print-directory check
	@$(BIN)/python -m pytest -m "not ($(real))" -n 2 --dist worksteal $(ARGS)
	@HARDCUT_REQUIRE_REAL=$${HARDCUT_REQUIRE_REAL-1} $(BIN)/python -m pytest -m "$(real)" $(ARGS)

test-fast: ## the tests that need no network namespace, JACK server or virtual screen, and are quick
	@$(setup) test-fast
	@$(BIN)/python -m pytest -m "not ($(real))" -n 2 --dist worksteal $(ARGS)

test-kernels: ## our GPU kernels, compiled for GPUs that are not here and interpreted (fetches Triton, 190 MB)
	@$(setup) lint
	@[ -d build/triton/triton ] || $(BIN)/python -m pip install -q --no-deps --target build/triton -c constraints.txt triton
	@PYTHONPATH=build/triton $(BIN)/python -m pytest \
	  tests/wan/test_kernels_compile.py tests/wan/test_peers.py tests/wan/test_products.py $(ARGS)

lint: ## check style, types and layers
	@$(setup) lint
	@$(MAKE) --no-print-directory check

check: ## the same, where everything is set up already
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: ## put the code into its agreed form
	@$(setup) lint
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: ## measure the figures of docs/figures.md (ARGS are those of "hardcut bench")
	@$(setup) run
	@$(BIN)/python -m app bench $(ARGS)

film: ## make the film of docs/audio.md anew, from a synthesised track
	@$(setup) run
	@$(BIN)/python -m bench.audio.film $(ARGS)

soak: ## an hour's show with a fault every few seconds; writes tests/soak/RESULTS.md (ARGS="--seconds 300 --seed 1")
	@$(setup) test
	@$(BIN)/python -m tests.soak.soak --write $(ARGS)

soak-short: ## five minutes of it, failing on what other programs cannot spoil (ARGS="--seconds 60 --seed 1")
	@$(setup) test
	@$(BIN)/python -m tests.soak.soak --seconds 300 --busy $(ARGS)

fuzz: ## every reader with many hostile files, bytes, datagrams and blocks of sound, and a table of them (ARGS="--jobs 2 --write", "scene --count 1000")
	@$(setup) test
	@$(BIN)/python -m tests.soak.fuzz $(ARGS)

soak-sinks: ## play a show on three sinks, switch each two hundred times, kill the program (three minutes)
	@$(setup) test
	@$(BIN)/python -m tests.soak.sinks

package: ## pack the program with its Python into the folder dist/hardcut (PyInstaller)
	@$(setup) package
	@$(BIN)/python -m PyInstaller --noconfirm --clean --log-level WARN packaging/hardcut.spec
	@$(BIN)/python packaging/notices.py --folder dist/hardcut
	@du -sh dist/hardcut

docs: ## write what commands print into the documentation anew, and tell what in it is not true
	@$(setup) lint
	@$(BIN)/python packaging/docs.py

notices: ## write THIRD_PARTY_NOTICES.md anew from what is installed
	@$(setup) lint
	@$(BIN)/python packaging/notices.py

clean: ## remove .venv and everything that was made
	rm -rf $(VENV) build dist artefacts reports *.egg-info
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
