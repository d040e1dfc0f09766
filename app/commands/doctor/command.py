"""`hardcut doctor`: its command line."""

from collections.abc import Sequence
from typing import TextIO

from app.commands.doctor.checks import examine
from app.commands.doctor.planned import planned, planned_checks
from app.commands.doctor.rehearsal import rehearse
from engine.command_line import SentenceParser


def run_doctor(arguments: Sequence[str], stream: TextIO) -> int:
    """Run the checks, and a rehearsal if asked; return the exit status."""
    parser = SentenceParser(
        prog="hardcut doctor",
        description="Is all well on this machine, and if not, what to do.",
        epilog="What is checked is the show that a start would play. Options of hardcut behind -- are those of that"
        " start: hardcut doctor --rehearse -- --generator field --fps 50",
    )
    parser.add_argument("--rehearse", action="store_true", help="play ten seconds into nothing, and judge the figures")
    parser.add_argument("show", nargs="*", metavar="-- OPTIONS", help="of the show that is meant")
    options = parser.parse_args(arguments)
    plan = planned(options.show)
    checks = planned_checks(plan)
    if options.rehearse:
        checks["rehearsal"] = lambda: rehearse(plan)
    return examine(stream, checks)
