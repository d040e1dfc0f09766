"""Writes THIRD_PARTY_NOTICES.md: what Hardcut stands on, under which licences, and what those ask of who gives it away.

    python packaging/notices.py                       write the page anew from what is installed
    python packaging/notices.py --check               change nothing; tell what in it is stale
    python packaging/notices.py --folder dist/hardcut put the page and the licences into a packed program's folder

Names, versions and licences come from the metadata of the installed distributions, FFmpeg's from its own libraries.
What metadata does not tell stands in libraries.toml, what all this means in notices.md.
"""

import argparse
import fnmatch
import importlib.metadata
import re
import shutil
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution
from pathlib import Path
from string import Template
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "THIRD_PARTY_NOTICES.md"
OWN: Final = ("LICENSE", PAGE.name)
"""What lies on top of a packed folder."""

PACKED_EXTRAS: Final = ("streamdeck",)
"""Of those that `make package` asks for, the ones that end up in the folder."""

OTHER_EXTRAS: Final = ("wan",)
"""Installed on request, never packed."""

CUDA_HEADING: Final = "asked for only by torch's CUDA build"
"""Of the part of constraints.txt whose packages a build without CUDA never sees."""

_SHARED: Final = re.compile(r"(^|/)lib[^/]*\.(so(\.[\w.]+)?|dylib|dll)$")
_LICENCE_FILE: Final = re.compile(r"(licen[cs]e|copying|notice)[^/]*$", re.IGNORECASE)
_ROW: Final = re.compile(r"^\| ([\w.-]+) \| (\d+\.[\w.]+) \| ", re.MULTILINE)
_COPYRIGHT: Final = "/usr/share/doc/{}/copyright"


class NoticesError(Exception):
    """What is installed cannot be told of; the message says what is missing and what to do."""


@dataclass(frozen=True, slots=True)
class Library:
    """A library that a wheel brings along.

    Attributes:
        licence: an SPDX expression; patterns: of its files' paths in a wheel.
    """

    name: str
    licence: str
    patterns: tuple[str, ...]

    @property
    def copyleft(self) -> bool:
        """The GPL is the only choice, and no exception lets others link it."""
        return all(part.strip().startswith("GPL-") and "WITH" not in part for part in self.licence.split(" OR "))


@dataclass(frozen=True, slots=True)
class Table:
    """What metadata does not tell: licences of distributions by name, and of the libraries inside wheels."""

    licences: Mapping[str, str]
    libraries: tuple[Library, ...]

    def library(self, path: str) -> Library | None:
        """The library that a file of a wheel belongs to."""
        for library in self.libraries:
            if any(fnmatch.fnmatchcase(path, pattern) for pattern in library.patterns):
                return library
        return None


@dataclass(frozen=True, slots=True)
class FFmpeg:
    """A build of FFmpeg, as its libavcodec tells it.

    Attributes:
        licence: in its words; options: it was configured with; needs: libraries of the GPL that it is linked against.
    """

    licence: str
    options: tuple[str, ...]
    needs: tuple[str, ...]


def read_table() -> Table:
    """libraries.toml."""
    with (ROOT / "packaging" / "libraries.toml").open("rb") as file:
        data = tomllib.load(file)
    libraries = (Library(name, licence, tuple(rest)) for name, (licence, *rest) in data["libraries"].items())
    return Table(data["licences"], tuple(libraries))


def requirements(extras: Sequence[str], base: bool = True) -> tuple[Requirement, ...]:
    """What pyproject.toml asks for, with these extras; base: and without any."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    lines = [*(project["dependencies"] if base else ())]
    for extra in extras:
        lines += project["optional-dependencies"][extra]
    return tuple(Requirement(line) for line in lines)


def resolve(wanted: Iterable[Requirement]) -> dict[str, Distribution]:
    """The installed distributions that the requirements lead to, by canonical name, in its order.

    Raises:
        NoticesError: one is not installed.
    """
    found: dict[str, Distribution] = {}
    waiting = list(wanted)
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        extras = ("", *requirement.extras)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        if name in found and not requirement.extras:
            continue
        try:
            distribution = importlib.metadata.distribution(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            raise NoticesError(f"{requirement.name} is not installed; make notices installs all of it.") from None
        found[name] = distribution
        for line in distribution.requires or ():
            below = Requirement(line)
            if below.marker is None or any(below.marker.evaluate({"extra": extra}) for extra in extras):
                below.marker = None
                waiting.append(below)
    return dict(sorted(found.items()))


def packed() -> dict[str, Distribution]:
    """What may lie in the folder of `make package`, but for torch's CUDA build."""
    cuda = pinned_below(CUDA_HEADING)
    return {name: one for name, one in resolve(requirements(PACKED_EXTRAS)).items() if name not in cuda}


def pinned() -> dict[str, str]:
    """Every version of constraints.txt by canonical name."""
    return {
        canonicalize_name(line["name"]): line["version"]
        for line in re.finditer(r"^(?P<name>[\w.-]+)==(?P<version>[\w.]+)", _constraints(), re.MULTILINE)
    }


def pinned_below(heading: str) -> dict[str, str]:
    """Those below one of its headings, up to the next."""
    part = _constraints().partition(f"# {heading}\n")[2].partition("\n\n")[0]
    return {
        canonicalize_name(line.partition("==")[0]): line.partition("==")[2].split(" ")[0] for line in part.split("\n")
    }


def _constraints() -> str:
    return (ROOT / "constraints.txt").read_text(encoding="utf-8")


def version_of(distribution: Distribution) -> str:
    """Its version without the part that tells builds apart, as in 2.13.0+cpu."""
    return distribution.version.partition("+")[0]


def licence_of(distribution: Distribution, table: Table) -> str:
    """Its licence as its metadata has it: the expression, one short line, or the classifiers."""
    told = table.licences.get(canonicalize_name(distribution.name))
    if told is not None:
        return told
    metadata = distribution.metadata
    for line in (metadata["License-Expression"], metadata["License"]):
        if line and "\n" not in line.strip() and len(line) < 120:
            return str(line.strip())
    classifiers = [one for one in metadata.get_all("Classifier") or () if one.startswith("License ::")]
    if not classifiers:
        raise NoticesError(f"{distribution.name} tells no licence: find it out and write it into libraries.toml.")
    return ", ".join(one.rpartition(" :: ")[2] for one in classifiers)


def licence_files(distribution: Distribution) -> tuple[str, ...]:
    """The texts of licences that its wheel holds."""
    paths = (str(file) for file in distribution.files or ())
    return tuple(path for path in paths if _LICENCE_FILE.search(path) and not path.endswith((".py", ".pyc")))


def libraries_in(distribution: Distribution, table: Table) -> tuple[Library, ...]:
    """The libraries that its wheel brings along, in the table's order.

    Raises:
        NoticesError: one that the table does not know.
    """
    found: set[Library] = set()
    for file in distribution.files or ():
        path = file.as_posix()
        if _SHARED.search(path):
            library = table.library(path)
            if library is None:
                raise NoticesError(
                    f"{path} of {distribution.name} is in no pattern of packaging/libraries.toml:"
                    " find out what it is and under which licence, and write it there."
                )
            found.add(library)
    return tuple(library for library in table.libraries if library in found)


def ffmpeg_in(distribution: Distribution, table: Table) -> FFmpeg:
    """The FFmpeg that a wheel brings along, read from the text inside its libavcodec.

    Raises:
        NoticesError: there is none, or it does not tell.
    """
    files = [file for file in distribution.files or () if re.search(r"libs/(lib)?avcodec", file.as_posix())]
    for file in files:
        content = Path(str(file.locate())).read_bytes()
        licence = re.search(rb"libavcodec license: ([^\0]+)", content)
        options = re.search(rb"\0(--[^\0]*--(?:en|dis)able-[^\0]+)", content)
        if licence and options:
            gpl = [one for one in libraries_in(distribution, table) if one.copyleft]
            needs = (one.name for one in gpl if f"lib{one.name}-".encode() in content)
            return FFmpeg(licence[1].decode(), tuple(options[1].decode().split()), tuple(needs))
    raise NoticesError(f"{distribution.name} holds no libavcodec that tells how it was made.")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def distributions_table(found: Mapping[str, Distribution], table: Table) -> str:
    """One row a distribution."""

    def files(one: Distribution) -> str:
        count = len(licence_files(one))
        return f"{count} file{'s' * (count != 1)}" if count else "none in the wheel"

    rows = ((one.name, version_of(one), licence_of(one, table), files(one)) for one in found.values())
    return _table(("distribution", "version", "licence, as its metadata has it", "texts"), rows)


def libraries_table(found: Mapping[str, Distribution], table: Table) -> str:
    """One row a library, with the wheels that bring it along."""
    wheels: dict[Library, list[str]] = {}
    for one in found.values():
        for library in libraries_in(one, table):
            wheels.setdefault(library, []).append(one.name)
    rows = ((one.name, one.licence, ", ".join(wheels[one])) for one in table.libraries if one in wheels)
    return _table(("library", "licence", "in the wheels of"), rows)


def page() -> str:
    """The whole page, from what is installed here."""
    table, inside = read_table(), packed()
    aside = resolve(requirements(OTHER_EXTRAS, base=False))
    film, cameras = ffmpeg_in(inside["av"], table), ffmpeg_in(inside["opencv-python-headless"], table)
    if not film.needs or "--enable-gpl" in cameras.options or cameras.needs:
        raise NoticesError("What FFmpeg is linked against has changed: read packaging/notices.md again, and change it.")
    cuda = pinned_below(CUDA_HEADING)
    return Template((ROOT / "packaging" / "notices.md").read_text(encoding="utf-8")).substitute(
        distributions=distributions_table(inside, table),
        libraries=libraries_table(inside, table),
        aside=distributions_table({name: one for name, one in aside.items() if name not in inside}, table),
        film_licence=film.licence,
        film_options=" ".join(f"`{one}`" for one in film.options if "264" in one or "265" in one or "version3" in one),
        film_needs=" and ".join(film.needs),
        cameras_licence=cameras.licence,
        cuda=textwrap.fill(", ".join(f"{name} {version}" for name, version in cuda.items()), 120),
    )


def stale() -> Iterator[str]:
    """What the page has otherwise than constraints.txt, or leaves out of what is installed; a sentence each."""
    told = {canonicalize_name(name): version for name, version in _ROW.findall(PAGE.read_text(encoding="utf-8"))}
    pins = pinned()
    for name, version in told.items():
        if pins.get(name) != version:
            yield f"{name} {version} is told, and constraints.txt has {pins.get(name, 'none')}."
    inside = packed()
    yield from (f"{name} is installed and not told." for name in inside if name not in told)
    table = read_table()
    for one in inside.values():
        libraries_in(one, table)


def fill(folder: Path) -> Iterator[str]:
    """Put the page and the licences of the system's libraries into a packed folder; tells what is left to do by hand.

    Licences of Python packages are there already: the recipe packs their metadata.

    Raises:
        NoticesError: there is no such folder.
    """
    if not (folder / "_internal").is_dir():
        raise NoticesError(f"{folder} is no packed program; make package makes one.")
    for name in OWN:
        shutil.copy(ROOT / name, folder / name)
    texts = folder / "licences"
    texts.mkdir(exist_ok=True)
    wheels = {file.name for one in packed().values() for file in one.files or ()}
    strangers = sorted({path.name for path in (folder / "_internal").glob("lib*.so*")} - wheels)
    for name in strangers:
        package = debian_package(name)
        text = Path(_COPYRIGHT.format(package))
        if package and text.exists():
            shutil.copy(text, texts / f"{package}.txt")
        else:
            yield f"{name} comes from this system, and its licence was not found: put it into {texts}."
    yield f"The GPL and the LGPL are in no wheel as files: put their texts into {texts} (see {PAGE.name})."


def debian_package(library: str) -> str:
    """The package of Debian or Ubuntu that a library of the system belongs to; "" where that is not known."""
    if shutil.which("dpkg-query") is None:
        return ""
    done = subprocess.run(["dpkg-query", "--search", f"*/{library}"], capture_output=True, text=True, check=False)
    return done.stdout.partition(":")[0]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns the exit status."""
    parser = argparse.ArgumentParser(description="Write THIRD_PARTY_NOTICES.md.")
    task = parser.add_mutually_exclusive_group()
    task.add_argument("--check", action="store_true", help="change nothing, tell what is stale")
    task.add_argument("--folder", type=Path, metavar="FOLDER", help="fill a packed program's folder")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.check:
            found = list(stale())
            print("\n".join(found) or f"{PAGE.name} is as constraints.txt has it.")
            return 1 if found else 0
        if chosen.folder is not None:
            print("\n".join(fill(chosen.folder)))
            return 0
        PAGE.write_text(page(), encoding="utf-8")
    except NoticesError as error:
        print(f"notices: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
