"""Kept figures: what fell by more than a fifth is named, either way a figure may be meant to go."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.figures import Better, Figure
from bench.kept.compare import compared, has_fallen
from bench.kept.store import KEPT_VERSION, KeptFigure, KeptFigures, read_kept, save_figures
from bench.reading import BenchError
from tests.bench.documents import MACHINE, document, rate, wait

ONLY = ("headless", "cut")


def kept(tmp_path: Path, *figures: Figure) -> KeptFigures:
    path = tmp_path / "kept.json"
    save_figures(path, document(*figures))
    return read_kept(path)


def test_what_was_kept_is_read_again(tmp_path: Path) -> None:
    found = kept(tmp_path, rate(30.0, 28.0, 29.0), wait(), wait(40.0))
    assert found.machine == MACHINE
    assert [(one.id, one.value, one.better) for one in found.figures] == [
        ("headless.fps", 29.0, Better.HIGHER),
        ("cut.p95", 40.0, Better.LOWER),
    ]


def test_every_figure_that_fell_is_named_and_no_other(tmp_path: Path) -> None:
    found = kept(tmp_path, rate(30.0), rate(10.0, id="headless.other", label="other"), wait(40.0))
    told = list(compared(found, [rate(23.0), rate(8.1, id="headless.other"), wait(51.0)], ONLY, MACHINE))
    assert told[0].startswith("Against the figures kept ") and "any, 2 of 2 threads" in told[0]
    assert told[1:] == [
        "  ! rate: worse by more than a fifth, 30.0 FPS then, 23.0 FPS now.",
        "  ! wait: worse by more than a fifth, 40 ms then, 51 ms now.",
        "1 figure held within a fifth, or got better.",
    ]


def test_what_could_not_be_measured_is_told_and_what_was_not_asked_for_is_not(tmp_path: Path) -> None:
    found = kept(tmp_path, rate(30.0), wait(40.0))
    told = list(compared(found, [rate(note="no avahi")], ("headless",), MACHINE))
    assert told[1:] == [
        "  ? rate: 30.0 FPS was kept, and now there is no value: no avahi.",
        "0 figures held within a fifth, or got better.",
    ]


def test_another_machine_is_told(tmp_path: Path) -> None:
    found = kept(tmp_path, rate(30.0))
    told = list(compared(found, [rate(30.0)], ONLY, replace(MACHINE, cpu="another")))
    assert told[1].startswith("This is another machine, so differences may be the machine's: another")


values = st.floats(0.0, 1e6)


@given(values, values)
def test_a_figure_falls_one_way_only(then: float, now: float) -> None:
    higher = KeptFigure(id="x", label="x", value=then, unit="", better=Better.HIGHER, digits=1)
    lower = replace(higher, better=Better.LOWER)
    assert not (has_fallen(higher, now) and has_fallen(lower, now))
    assert not has_fallen(higher, then) and not has_fallen(lower, then)
    if now >= then:
        assert not has_fallen(higher, now)
    if now <= then:
        assert not has_fallen(lower, now)


def test_a_step_of_the_last_digit_is_no_fall() -> None:
    lagged = KeptFigure(id="x", label="lagged", value=0.0, unit="", better=Better.LOWER, digits=0)
    assert not has_fallen(lagged, 1.0)
    assert has_fallen(lagged, 2.0)


@pytest.mark.parametrize("text", ["", "[]", '{"version": 1}', "[" * 100_000])
def test_a_damaged_file_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "kept.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BenchError, match=r"kept figures (is not valid JSON|cannot be read).*kept\.json"):
        read_kept(path)


def test_a_file_of_another_form_is_told(tmp_path: Path) -> None:
    path = tmp_path / "kept.json"
    path.write_text('{"version": 7}', encoding="utf-8")
    with pytest.raises(BenchError, match=f"of form 7, and form {KEPT_VERSION} is read here"):
        read_kept(path)


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="could not be kept"):
        save_figures(tmp_path / "none" / "kept.json", document(rate(1.0)))


def test_the_figures_in_the_repository_are_read() -> None:
    found = read_kept(Path(__file__).parents[2] / "bench" / "kept" / "two-cores.json")
    assert found.figures and found.machine.usable_threads == 2
