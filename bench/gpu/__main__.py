"""`python -m bench.gpu`: see the room's door."""

import sys
from pathlib import Path

from bench.gpu.jobs import full_jobs, rehearsed_jobs
from bench.gpu.running import run_jobs
from bench.gpu.table import markdown
from engine.command_line import SentenceParser
from engine.metrics.gpus import read_gpus
from engine.metrics.machine import describe_machine


def main() -> int:
    """Run every job, or those of a rehearsal; 1 if one could not be run."""
    parser = SentenceParser(prog="bench.gpu", description="Runs everything that needs a GPU and writes one table.")
    parser.add_argument("--to", type=Path, default=Path("gpu-figures"), metavar="FOLDER", help="default: gpu-figures")
    parser.add_argument("--rehearse", action="store_true", help="the tiny model on any machine: does it run?")
    parser.add_argument("--only", default="", metavar="TEXT", help="jobs whose name holds this")
    parser.add_argument("--list", action="store_true", help="show the commands and run none")
    options = parser.parse_args()
    folder = options.to.absolute()
    found = rehearsed_jobs() if options.rehearse else full_jobs()
    jobs = [job for job in found if options.only in job.id]
    if options.list:
        for job in jobs:
            sys.stdout.write(f"{job.id:34} {job.command(folder)}\n")
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    outcomes = run_jobs(jobs, folder, _say, gpus=len(read_gpus().gpus))
    table = markdown(outcomes, folder, describe_machine().sentence())
    (folder / "table.md").write_text(table, encoding="utf-8")
    _say(f"{table}\nWritten to {folder / 'table.md'}")
    return int(not all(outcome.done for outcome in outcomes))


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
