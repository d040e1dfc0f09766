"""Registries: what is built in, what other packages add, and what is left out in a sentence."""

import importlib.metadata
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import EngineError, PluginError, SourceError
from engine.registry import AddressedEntry, Entry, Registry, guarded, hindrance_of, parse_addressed
from tests.extensions.plugins import install

GROUP = "hardcut.toys"


@dataclass(frozen=True, slots=True, kw_only=True)
class Toy(AddressedEntry):
    """What the registry of these tests holds."""


def toy(key: str, *forms: str) -> Toy:
    return Toy(id=key, label=key.capitalize(), forms=forms or (key,))


BUILT_IN: dict[str, Callable[[], Toy]] = {"ball": lambda: toy("ball"), "kite": lambda: toy("kite", "kite:COLOUR")}


def registry(
    *points: tuple[str, str], check: Callable[[Toy], None] = lambda _toy: None, asked: list[str] | None = None
) -> Registry[Toy]:
    def installed(group: str) -> Iterable[EntryPoint]:
        if asked is not None:
            asked.append(group)
        return [EntryPoint(name, value, group) for name, value in points]

    return Registry(Toy, GROUP, lambda: BUILT_IN, check=check, installed=installed)


DOLL, TOP = toy("doll", "doll", "doll:NAME"), toy("top")
HERE = __name__


def test_plug_ins_follow_what_is_built_in() -> None:
    found = registry(("top", f"{HERE}:TOP"), ("doll", f"{HERE}:DOLL"))
    assert found.ids() == ("ball", "kite", "doll", "top")
    assert [(one.entry.id, one.origin) for one in found.entries()] == [
        ("ball", ""),
        ("kite", ""),
        ("doll", "an unknown package"),
        ("top", "an unknown package"),
    ]
    assert found.find("doll") is DOLL
    assert found.find("bear") is None
    assert found.faults() == ()


def test_nobody_looks_for_plug_ins_before_they_are_needed_nor_twice() -> None:
    asked: list[str] = []
    found = registry(("doll", f"{HERE}:DOLL"), asked=asked)
    assert found.find("ball") == toy("ball")
    assert asked == []
    assert found.find("doll") is DOLL
    assert found.ids() and found.entries() and found.faults() == ()
    assert asked == [GROUP]


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("bear", "no_such_module:BEAR", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("bear", f"{HERE}:BEAR", "has no attribute 'BEAR'"),
        ("bear", f"{HERE}:HERE", "is of str, not of Toy"),
        ("bear", f"{HERE}:DOLL", "describes doll"),
        ("ball", f"{HERE}:DOLL", "ball is taken by the program itself"),
    ],
)
def test_what_cannot_be_used_is_left_out_and_told(name: str, value: str, reason: str) -> None:
    found = registry((name, value), ("top", f"{HERE}:TOP"))
    assert found.ids() == ("ball", "kite", "top")
    assert found.find("ball") == toy("ball")
    (fault,) = found.faults()
    assert (fault.group, fault.entry, fault.origin) == (GROUP, name, "an unknown package")
    assert reason in str(fault) and str(fault).endswith(".")


def test_an_entry_that_does_not_hold_together_is_left_out() -> None:
    def check(found: Toy) -> None:
        if found.id == "doll":
            raise SourceError("It has no head", where="doll")

    assert registry(("doll", f"{HERE}:DOLL"), check=check).find("doll") is None
    (fault,) = registry(("doll", f"{HERE}:DOLL"), check=check).faults()
    assert fault.reason == "It has no head (doll)"


def test_installed_packages_are_found_and_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = "from tests.extensions.test_registry import toy\nBEAR = toy('bear')\n"
    install(tmp_path, "zoo-toys", {GROUP: {"bear": "zoo:BEAR"}}, {"zoo": source})
    install(tmp_path, "attic-toys", {GROUP: {"bear": "attic:BEAR", "mouse": "attic:MOUSE"}}, {"attic": source})
    install(tmp_path, "ending-toys", {GROUP: {"end": "ending:END"}}, {"ending": "raise SystemExit(3)"})
    monkeypatch.syspath_prepend(str(tmp_path))
    for module in ("zoo", "attic", "ending"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    found = Registry(Toy, GROUP, lambda: BUILT_IN)
    assert [(one.entry.id, one.origin) for one in found.entries()][2:] == [("bear", "attic-toys 1.0")]
    assert [str(fault) for fault in found.faults()] == [
        "The plug-in bear of zoo-toys 1.0 is left out (hardcut.toys): bear is taken by attic-toys 1.0.",
        "The plug-in end of ending-toys 1.0 is left out (hardcut.toys): SystemExit: 3.",
        (
            "The plug-in mouse of attic-toys 1.0 is left out (hardcut.toys): "
            "AttributeError: module 'attic' has no attribute 'MOUSE'."
        ),
    ]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("ball", ("ball", "")),
        (" Kite : red:2 ", ("kite", "red:2")),
        ("doll", ("doll", "")),
        ("doll:Eve", ("doll", "Eve")),
    ],
)
def test_addresses_are_read(text: str, read: tuple[str, str]) -> None:
    assert parse_addressed(registry(("doll", f"{HERE}:DOLL")), text, "toy", SourceError) == read


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("bear", "This is not a toy (bear). Write ball, kite:COLOUR, doll or doll:NAME."),
        ("ball:3", "The toy ball takes no address (ball:3). Write just: ball."),
        ("kite", "The toy kite needs an address (kite). Write kite:COLOUR."),
    ],
)
def test_what_cannot_be_read_is_told(text: str, told: str) -> None:
    with pytest.raises(SourceError) as caught:
        parse_addressed(registry(("doll", f"{HERE}:DOLL")), text, "toy", SourceError)
    assert str(caught.value) == told


@given(st.text())
def test_any_text_is_read_or_told(text: str) -> None:
    try:
        key, _ = parse_addressed(registry(), text, "toy", SourceError)
    except SourceError as error:
        assert str(error).endswith(".")
    else:
        assert key in BUILT_IN


@pytest.mark.parametrize("key", ["", "Ball", "a b", "a:b", "1st", "ä"])
def test_an_id_that_cannot_be_written_is_refused(key: str) -> None:
    with pytest.raises(PluginError):
        Entry(id=key, label="x")


@pytest.mark.parametrize("forms", [(), ("kite:COLOUR", "dragon:COLOUR")])
def test_forms_begin_with_the_id(forms: tuple[str, ...]) -> None:
    with pytest.raises(PluginError):
        Toy(id="kite", label="Kite", forms=forms)


def test_a_plug_in_that_raises_is_a_sentence() -> None:
    def fail() -> str:
        raise KeyError("wheel")

    broken = Entry(id="car", label="The car", hindrance=fail)
    with pytest.raises(SourceError, match=r"The car failed: KeyError: 'wheel' \(car\)\."):
        guarded(fail, broken, SourceError)
    assert hindrance_of(broken) == "The car failed: KeyError: 'wheel' (car)."

    def refuse() -> str:
        raise EngineError("No wheels", remedy="Buy some.")

    assert hindrance_of(Entry(id="car", label="The car", hindrance=refuse)) == "No wheels. Buy some."
    assert hindrance_of(Entry(id="car", label="The car")) == ""


def test_every_group_of_the_program_is_one_of_its_registries() -> None:
    from engine.extensions import REGISTRIES

    groups = {registry.group for registry in REGISTRIES.values()}
    names = ("attention", "depth", "generators", "model_families", "sinks", "sources")
    assert groups == {f"hardcut.{name}" for name in names}
    for one in REGISTRIES.values():
        built_in = [entry.entry for entry in one.entries() if not entry.origin]
        assert [entry.id for entry in built_in] == list(one.ids())[: len(built_in)]
        assert all(entry.label for entry in built_in)
    assert importlib.metadata.entry_points(group="hardcut.sources") is not None
