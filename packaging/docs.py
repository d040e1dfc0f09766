"""Keeps the documentation true: what it names is there, and what it shows of commands is what they print.

    python packaging/docs.py            write what the commands print into the pages anew
    python packaging/docs.py --check    change nothing; tell what is not true

A fenced block of the kind `console` holds one command line behind "$ " and all that it prints. In blocks of the kind
`sh` and in code within a line, every command of Hardcut has to exist, with its options; links have to lead somewhere.
"""

import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
PROGRAM: Final = "hardcut"
COLUMNS: Final = "88"
"""What helps are wrapped at; fits beside a table of contents."""

_FENCE: Final = re.compile(r"^(?P<indent> *)```(?P<kind>\w*)\n(?P<body>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
_CODE: Final = re.compile(r"`([^`\n]+)`")
_LINK: Final = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_OPTION: Final = re.compile(r"--[a-z][a-z-]*")
_WORD: Final = re.compile(r"[a-z]+")
_TEST: Final = re.compile(r"\b(tests/[\w/]+(?:\.py)?)(?:::(\w+))?")
_HEADING: Final = re.compile(r"^#+ +(.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not true.

    Attributes:
        page: relative to the repository; what: a sentence.
    """

    page: str
    what: str

    def __str__(self) -> str:
        return f"{self.page}: {self.what}"


def pages() -> tuple[Path, ...]:
    """The pages that tell how Hardcut is used and built on."""
    return tuple(sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]))


@cache
def printed(arguments: tuple[str, ...]) -> str:
    """All that the program prints on standard output, run with nothing of the user's.

    Raises:
        subprocess.CalledProcessError: it ends with a status other than 0.
    """
    with tempfile.TemporaryDirectory() as home:
        places = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "APPDATA"), home)
        done = subprocess.run(
            [sys.executable, "-m", "app", *arguments],
            cwd=ROOT,
            env={**os.environ, **places, "COLUMNS": COLUMNS, "NO_COLOR": "1"},
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
    return "\n".join(line.rstrip() for line in done.stdout.rstrip().splitlines()) + "\n"


def commands_below(path: tuple[str, ...]) -> tuple[str, ...]:
    """The commands that stand behind a command, () for the program itself, as its help lists them."""
    text = printed((*path, "--help"))
    if not path:
        return tuple(re.findall(r"^  ([a-z]+)  ", text.partition("\ncommands")[2], re.MULTILINE))
    found = re.search(r"^ +([a-z]+(?:\|[a-z]+)+)$", text.partition("positional arguments:")[2], re.MULTILINE)
    return tuple(found[1].split("|")) if found else ()


@cache
def every_command() -> tuple[tuple[str, ...], ...]:
    """Every command there is, the program itself, (), first."""
    first = commands_below(())
    return ((), *((name,) for name in first), *((name, below) for name in first for below in commands_below((name,))))


@cache
def options_of(path: tuple[str, ...]) -> frozenset[str]:
    """The options of a command."""
    return frozenset(_OPTION.findall(printed((*path, "--help"))))


def named_commands(text: str) -> Iterator[str]:
    """The command lines of the program in a page: in blocks of the kind sh, and in code within a line."""
    for block in _FENCE.finditer(text):
        if block["kind"] == "sh":
            yield from (line.strip() for line in block["body"].splitlines() if PROGRAM in line)
    for code in _CODE.findall(_FENCE.sub("", text)):
        if code == PROGRAM or code.startswith(f"{PROGRAM} "):
            yield code


def faults_of_command(line: str) -> Iterator[str]:
    """What a command line names that is not there; brackets around what may be left out are no part of it."""
    words = shlex.split(re.sub(r"[\[\]…]", " ", line.split("  ")[0]), comments=True)
    start = next((place for place, word in enumerate(words) if Path(word).name == PROGRAM), None)
    if start is None:
        return
    path: tuple[str, ...] = ()
    for word in words[start + 1 :]:
        below = {command[-1] for command in every_command() if command[:-1] == path and command}
        if not below or not _WORD.fullmatch(word):
            break
        if word not in below:
            yield f"there is no command {' '.join((PROGRAM, *path, word))!r}"
            return
        path = (*path, word)
    variant = (
        ("--generator", "wan-tiny") if path == ("bench",) and "--generator" in words and "--only" not in words else ()
    )
    for option in dict.fromkeys(_OPTION.findall(" ".join(words))):
        if option not in options_of((*path, *variant)):
            yield f"{' '.join((PROGRAM, *path))} has no option {option}"


def all_options() -> frozenset[str]:
    """The options of every command."""
    bench = options_of(("bench", "--generator", "wan-tiny"))
    return frozenset[str]().union(bench, *(options_of(path) for path in every_command()))


def slug(heading: str) -> str:
    """The anchor that a forge makes of a heading."""
    plain = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", lambda found: found[1] or "", heading)
    return re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-")


def faults_of_links(page: Path, text: str) -> Iterator[str]:
    """Links to files or headings that are not there; what lies elsewhere is not looked at."""
    for link in _LINK.findall(_CODE.sub("", _FENCE.sub("", text))):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        if not target.exists():
            yield f"the link {link} leads nowhere"
        elif anchor and target.suffix == ".md":
            headings = _HEADING.findall(_FENCE.sub("", target.read_text(encoding="utf-8")))
            if anchor not in map(slug, headings):
                yield f"the link {link} names a heading that is not there"


def faults_of_tests(text: str) -> Iterator[str]:
    """Tests that a page names, and that are not there."""
    for name, test in _TEST.findall(text):
        path = ROOT / name
        if not path.exists():
            yield f"there is no {name}"
        elif test and f"def {test}(" not in path.read_text(encoding="utf-8"):
            yield f"{name} has no {test}"


def renewed(text: str) -> str:
    """A page with what its commands print now."""

    def output(block: re.Match[str]) -> str:
        if block["kind"] != "console":
            return block[0]
        line = block["body"].splitlines()[0].strip()
        lines = [line, *printed(tuple(shlex.split(line)[2:])).splitlines()]
        body = "".join(f"{block['indent']}{one}".rstrip() + "\n" for one in lines)
        return f"{block['indent']}```console\n{body}{block['indent']}```"

    return _FENCE.sub(output, text)


def faults() -> Iterator[Fault]:
    """Everything in the pages that is not true, and every option that no page names."""
    named: set[str] = set()
    for page in pages():
        where = page.relative_to(ROOT).as_posix()
        text = page.read_text(encoding="utf-8")
        yield from (Fault(where, what) for what in faults_of_links(page, text))
        if page.name == "CHANGELOG.md":
            continue  # tells of what was, too
        yield from (Fault(where, what) for what in faults_of_tests(text))
        named |= set(_OPTION.findall(text))
        for line in named_commands(text):
            yield from (Fault(where, f"{what}, in {line!r}") for what in faults_of_command(line))
        if renewed(text) != text:
            yield Fault(where, "what a command prints has changed; run: make docs")
    for path in every_command():
        for option in sorted(options_of(path) - named):
            yield Fault("docs", f"no page names {' '.join((PROGRAM, *path, option))}")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns the exit status."""
    parser = argparse.ArgumentParser(description="Keep the documentation true.")
    parser.add_argument("--check", action="store_true", help="change nothing, tell what is not true")
    if not parser.parse_args(arguments).check:
        for page in pages():
            text = page.read_text(encoding="utf-8")
            new = renewed(text)
            if new != text:
                page.write_text(new, encoding="utf-8")
                print(f"{page.relative_to(ROOT)}: written anew")
    found = list(faults())
    for fault in found:
        print(fault)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
