"""A show in a process of its own, to be killed: `python -m tests.session.killed_show FILE`; a line for each chunk."""

import sys
from pathlib import Path

from engine.messages.commands import HardCut, SetParameter
from tests.session.shows import Show


def main() -> None:
    show = Show(Path(sys.argv[1]))
    number = 0
    while True:
        move = SetParameter(stamp_ns=0, parameter="g.a", value=number % 100 / 100)
        show.chunk(*((HardCut(stamp_ns=0, scene="Two"),) if number % 10 == 0 else (move,)))
        number += 1
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


main()
