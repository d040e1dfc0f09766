"""The page tests/soak/RESULTS.md: written by the commands that measure, each its own part."""

import os
import re
import subprocess
import time
from pathlib import Path
from typing import Final

from engine.metrics.machine import describe_machine
from tests.netns import ROOT

PAGE: Final = ROOT / "tests" / "soak" / "RESULTS.md"
_HEAD: Final = """# Faults and the soak: what was measured

Written by `python -m tests.soak.faults --write`, `make soak` and `make fuzz ARGS=--write`, not by hand. In a show, an
independent NDI receiver in a process of its own counts what reaches it. *Due* counts the frames at 30 a second of the
whole span, *gap* is the longest time between two frames, *repeat* the longest for which the receiver got the same
picture.

"""


def machine() -> str:
    """This machine and what else it does now, a sentence or two."""
    load = os.getloadavg()
    return (
        f"{when()}. {describe_machine().sentence()} Load average at the end: {load[0]:.1f}"
        f" over a minute, {load[2]:.1f} over a quarter of an hour; the show itself makes some 2."
    )


def when() -> str:
    """The day, and the revision of the code."""
    asked = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return f"{time.strftime('%Y-%m-%d')}, {asked.stdout.strip() or 'no revision'}"


def read_rows(name: str, page: Path = PAGE) -> dict[str, tuple[str, ...]]:
    """The rows of a part's table as they stand, by their first cell; none where there is no such part."""
    whole = page.read_text(encoding="utf-8") if page.exists() else ""
    part = whole.partition(f"<!-- {name} -->")[2].partition(f"<!-- end of {name} -->")[0]
    cells = [tuple(one.strip() for one in line.strip("|").split("|")) for line in re.findall(r"^\|.*\|$", part, re.M)]
    return {row[0]: row for row in cells[2:]}


def write_part(name: str, text: str, page: Path = PAGE) -> None:
    """Replace a part of the page, or add it."""
    before = page.read_text(encoding="utf-8") if page.exists() else _HEAD
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    part = f"{begin}{text.rstrip()}\n{end}"
    found = re.search(re.escape(begin) + ".*?" + re.escape(end), before, re.DOTALL)
    after = before[: found.start()] + part + before[found.end() :] if found else f"{before.rstrip()}\n\n{part}"
    page.write_text(after, encoding="utf-8")


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A table of Markdown, its first column text and the others numbers."""
    lines = [f"| {' | '.join(head)} |", f"| --- |{' ---: |' * (len(head) - 1)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])
