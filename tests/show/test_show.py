"""The chain as a whole: stage, depth, field and the output process, played through the one gate."""

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from engine import device_turn
from engine.messages.commands import (
    HardCut,
    Panic,
    SelectGenerator,
    SetParameter,
    SetPrompt,
    SoftCut,
)
from engine.messages.events import (
    CacheReset,
    CommandRefused,
    Committed,
    ComponentState,
    CutShown,
    DepthChanged,
    Event,
    GeneratorChanged,
    Level,
    Notice,
    SourceChanged,
    SourceState,
)
from engine.messages.input_commands import SeekSource, SelectSource
from engine.messages.output_commands import SetBlackout, SetFreeze
from engine.messages.output_events import OutputChanged
from engine.messages.stats import Stats
from tests.show.conftest import Show
from tests.sources.videos import write_video


def test_it_dreams_and_every_room_says_what_it_is(show: Show) -> None:
    stats = show.flowing()
    assert stats.first_frame_ns > 0
    assert stats.cache_resets == 0
    states = [(event.name, event.state) for event in show.told if isinstance(event, GeneratorChanged)]
    assert states[0] == ("field", ComponentState.STARTING)
    assert states[-1] == ("field", ComponentState.READY)
    ready = next(e for e in show.told if isinstance(e, GeneratorChanged) and e.state is ComponentState.READY)
    assert all(choice.chosen and choice.reason for choice in ready.backends)
    assert any(isinstance(e, SourceChanged) and e.state is SourceState.LIVE for e in show.told)
    assert any(isinstance(e, DepthChanged) and e.state is ComponentState.READY for e in show.told)
    _, picture = show.engine.preview()
    assert picture.std() > 10  # a picture, not a plain colour


def test_a_pad_cuts_with_a_reset_and_shows_on_the_output(show: Show) -> None:
    show.flowing()
    show.post(HardCut, scene="noir")
    reset = show.wait_for(CacheReset)
    shown = show.wait_for(CutShown)
    assert reset.reason == "cut to Noir"
    assert (shown.epoch, shown.scene) == (reset.epoch, "Noir")
    assert shown.latency_ns > 0


def test_cuts_come_in_order_and_none_is_lost(show: Show) -> None:
    show.flowing()
    asked = ["Noir", "Oil Slick", "Op Art", "Noir", "Deep Reef"]
    for scene in asked:
        show.post(HardCut, scene=scene)
    show.wait_for(CutShown, lambda event: event.scene == "Deep Reef")
    resets = [event.reason for event in show.told if isinstance(event, CacheReset)]
    assert resets == [f"cut to {scene}" for scene in asked]


def test_knobs_prompts_and_soft_cuts_glide_without_a_reset(show: Show) -> None:
    show.flowing()
    show.post(SetParameter, parameter="field.energy", value=0.1)
    show.wait_for(Committed, lambda event: event.values["field.energy"] == 0.1)
    show.post(SetPrompt, text="silver storm", chunks=4)
    show.wait_for(Committed, lambda event: event.prompt == "silver storm" and event.prompt_progress == 1.0)
    show.post(SoftCut, scene="Noir", chunks=6)
    noir = show.engine.scenes["Noir"].values(show.engine.parameters)
    show.wait_for(
        Committed, lambda event: event.scene == "Noir" and event.values["field.energy"] == noir["field.energy"]
    )
    assert show.flowing().cache_resets == 0


def test_blackout_freeze_and_level_act_on_the_output_and_panic_undoes_them(show: Show) -> None:
    show.flowing()
    show.post(SetBlackout, on=True)
    show.wait_for(OutputChanged, lambda event: event.blackout)
    wait_for_picture(show, lambda picture: not picture[..., :3].any())
    show.post(SetFreeze, on=True)
    show.post(SetBlackout, on=False)
    show.wait_for(OutputChanged, lambda event: event.freeze and not event.blackout)
    wait_for_picture(show, lambda picture: bool(picture[..., :3].any()))
    first = show.engine.preview()[1].copy()
    show.flowing()
    assert np.array_equal(first, show.engine.preview()[1])
    show.post(SetParameter, parameter="output.level", value=0.5)
    show.wait_for(OutputChanged, lambda event: event.level == 0.5)
    show.post(Panic)
    opened = show.wait_for(OutputChanged, lambda event: event.level == 1.0)
    assert not opened.freeze
    assert show.wait_for(CutShown).scene == "Molten Gold"


def wait_for_picture(show: Show, holds: Callable[[npt.NDArray[np.uint8]], bool]) -> None:
    """Look at the output until the picture is as told."""
    for _ in range(50):
        if holds(show.engine.preview()[1]):
            return
        show.flowing()
    raise AssertionError("the output never showed it")


def test_the_source_changes_while_pictures_flow(show: Show, tmp_path: Path) -> None:
    show.flowing()
    clip = write_video(tmp_path / "clip.mp4")
    show.post(SelectSource, spec=f"file:{clip}")
    show.wait_for(SourceChanged, lambda event: event.spec.startswith("file:") and event.state is SourceState.LIVE)
    show.wait_for(
        DepthChanged, lambda event: event.estimator == "image cues and person" and event.state is ComponentState.READY
    )
    before = show.flowing()
    show.post(SelectSource, spec=f"file:{tmp_path / 'nothing.mp4'}")
    failed = show.wait_for(SourceChanged, lambda event: event.state is SourceState.FAILED)
    assert "nothing.mp4" in failed.detail
    assert show.flowing().frames > before.frames


def test_what_cannot_be_done_is_said_and_the_show_goes_on(show: Show) -> None:
    show.flowing()
    asked: list[tuple[type, dict[str, object], str]] = [
        (HardCut, {"scene": "No Such"}, "There is no such scene"),
        (SetParameter, {"parameter": "field.energy", "value": 9.0}, "Energy cannot be 9"),
        (SetParameter, {"parameter": "output.level", "value": -1.0}, "Master cannot be -1"),
        (SelectSource, {"spec": "tape:1"}, "This is not a source"),
        (SeekSource, {"seconds": 3.0}, "This source has no position"),
        (SelectGenerator, {"name": "other"}, "There is no such generator"),
    ]
    for make, fields, words in asked:
        command = show.post(make, **fields)
        refused = show.wait_for(CommandRefused)
        assert refused.command == command
        assert words in refused.text
    assert show.flowing().cache_resets == 0


def test_who_comes_late_hears_how_things_stand(show: Show) -> None:
    show.flowing()
    heard: list[Event] = []
    show.engine.subscribe(heard.append)()
    kinds = {type(event) for event in heard}
    assert {Committed, GeneratorChanged, OutputChanged, SourceChanged, Stats} <= kinds
    assert Notice not in kinds


def test_whoever_goes_on_without_the_gpu_s_turn_is_told(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_turn, "_PATIENCE_S", 0.01)
    holding, done = threading.Event(), threading.Event()

    def hang() -> None:
        with device_turn.device_turn():
            holding.set()
            done.wait()

    thread = threading.Thread(target=hang, name="hardcut-hung")
    thread.start()
    holding.wait()
    with device_turn.device_turn():
        """Goes on."""
    done.set()
    thread.join()
    notice = show.wait_for(Notice, lambda event: "hardcut-hung has kept the GPU" in event.text)
    assert notice.level is Level.WARNING
