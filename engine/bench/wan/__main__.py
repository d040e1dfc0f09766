"""`python -m engine.bench.wan`, see `command`."""

import sys

from engine.bench.wan.command import run_wan_bench

sys.exit(run_wan_bench(sys.argv[1:]))
