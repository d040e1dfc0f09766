"""`python -m bench.wan`, see `command`."""

import sys

from bench.wan.command import run_wan_bench

sys.exit(run_wan_bench(sys.argv[1:]))
