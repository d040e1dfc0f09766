"""Everything that needs a GPU in one go: its commands are ones that are there, and its table tells all of them."""

import json
from pathlib import Path

from bench.gpu.jobs import Job, full_jobs, rehearsed_jobs
from bench.gpu.running import run_jobs
from bench.gpu.table import figures_in, markdown
from bench.options import parse
from bench.wan.options import parse as parse_wan

WRITES = "import json,sys; json.dump({'bare': {'fps': 31.0}, 'program': {'fps': 25.5}}, open(sys.argv[-1], 'w'))"


def test_every_command_is_understood() -> None:
    full = full_jobs()
    jobs = [*full, *rehearsed_jobs()]
    assert len({job.id for job in full}) == len(full)
    assert {job.gpus for job in full if "--gpus" in job.arguments} == {2, 4, 8}
    assert all(str(job.gpus) in job.arguments for job in full if job.gpus > 1)
    benches = [job.arguments[1:] for job in jobs if job.arguments[0] == "bench"]
    for arguments in benches:
        (parse if "--only" in arguments else parse_wan)(arguments)
    assert len(benches) > 18


def test_all_jobs_are_run_and_told(tmp_path: Path) -> None:
    jobs = [
        Job(id="fast", what="one", arguments=("-c", WRITES), wanted=(("bare.fps", 30.0),), python=True),
        Job(id="broken", what="two", arguments=("-c", "raise SystemExit('no GPU | here')"), json=False, python=True),
        Job(id="slow", what="three", arguments=("-c", "import time; time.sleep(60)"), json=False, python=True),
        Job(id="again", what="four", arguments=("-c", WRITES), wanted=(("program.fps", 26.0),), python=True),
    ]
    said: list[str] = []
    part = {"figures": [{"id": "headless.lagged", "median": 2.0}], "failures": {"cut": "There is no jackd"}}
    file = tmp_path / "part.json"
    jobs += [
        Job(
            id="part",
            what="five",
            arguments=("-c", f"open({str(file)!r}, 'w').write({json.dumps(part)!r}); raise SystemExit(1)"),
            allowed=(("headless.lagged", 0.0), ("arming.cut.armed", 40.0)),
            python=True,
        ),
        Job(id="eight", what="six", arguments=("-c", WRITES), python=True, gpus=8),
    ]
    outcomes = run_jobs(jobs, tmp_path, said.append, limit_s=4.0, gpus=2)
    assert [outcome.status for outcome in outcomes] == [0, 1, None, 0, 1, None]
    table = markdown(outcomes, tmp_path, "A machine.")
    assert "bare.fps ≥ 30: reached" in table and "program.fps ≥ 26: missed" in table
    assert "not run: no GPU / here" in table and "not run: ended after 4 s" in table
    assert "program.share 0.8226" in table
    assert "headless.lagged 2; not all: cut: There is no jackd" in table
    assert "headless.lagged ≤ 0: missed, arming.cut.armed ≤ 40: not measured" in table
    assert "not run: it needs 8 GPUs, and here are 2" in table
    assert all(f"`{job.command(tmp_path)}` |" in table for job in jobs)
    assert (tmp_path / "broken.txt").read_text().strip() == "no GPU | here"


def test_figures_of_the_programs_benchmarks_are_read(tmp_path: Path) -> None:
    path = tmp_path / "line.json"
    figures = [{"id": "headless.pipeline_fps", "median": 28.3}, {"id": "cut.armed", "median": None}]
    path.write_text(json.dumps({"figures": figures}))
    assert figures_in(path) == {"headless.pipeline_fps": 28.3}
    assert figures_in(tmp_path / "none.json") == {}
