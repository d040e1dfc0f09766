"""The owner of what lies in front: many hands at once, the engine's events, and the files of its settings."""

import threading
from pathlib import Path

from app.control.clock_settings import LinkMode
from app.control.intents import (
    Intent,
    NameMacro,
    PressPad,
    SetLink,
    SetMacroSpan,
    StepBank,
    StepMorph,
    ToggleMacroPart,
    TurnBank,
)
from app.control.keeper import ControlKeeper, with_settings
from app.control.macros import Macro, MacroPart, Macros
from app.control.settings_folder import SettingsFolder
from app.control.spans import Span
from app.control.state import ControlState
from engine.messages.commands import ArmBank, HardCut, Origin
from engine.messages.events import ComponentState, GeneratorChanged, ScenesChanged
from tests.control.parts import Desk, library, state, stats, table


def test_intents_of_two_hands_are_carried_out_one_after_another_and_none_is_lost() -> None:
    desk = Desk(state(scenes=16 * 64))
    hands = 4

    def turn() -> None:
        for _ in range(10):
            desk.store.send(StepBank(1), Origin.MIDI, 0)

    threads = [threading.Thread(target=turn) for _ in range(hands)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert desk.store.state.pad_bank == 1 + 10 * hands
    armed = [command.scenes[0] for command in desk.posted if isinstance(command, ArmBank)]
    assert armed == [f"S{16 * bank + 1}" for bank in range(1, 10 * hands + 1)]  # in the order of the intents


def test_a_hand_on_two_surfaces_within_a_moment_is_two_steps() -> None:
    desk = Desk()
    seen: list[float] = []
    unsubscribe = desk.store.subscribe(lambda front: seen.append(front.morph_seconds))
    desk.store.send(StepMorph(1), Origin.WINDOW)
    desk.store.send(StepMorph(1), Origin.MIDI)
    unsubscribe()
    desk.store.send(StepMorph(1), Origin.MIDI)
    assert seen == [2.0, 4.0, 8.0]
    assert desk.store.state.morph_seconds == 16.0


def test_commands_carry_who_and_when() -> None:
    desk = Desk()
    desk.clock.advance_to(50)
    desk.store.send(PressPad(1), Origin.OSC)
    desk.store.send(PressPad(2), Origin.STREAM_DECK, 9)
    assert desk.posted == [
        HardCut(scene="S1", stamp_ns=50, origin=Origin.OSC),
        HardCut(scene="S2", stamp_ns=9, origin=Origin.STREAM_DECK),
    ]


def generator(name: str, component: ComponentState) -> GeneratorChanged:
    return GeneratorChanged(at_ns=3, name=name, state=component)


def test_another_generator_is_loaded_once_and_the_same_one_told_again_changes_nothing() -> None:
    desk = Desk()
    desk.store.send(TurnBank(2), Origin.MIDI, 0)
    desk.posted.clear()
    desk.store.handle(generator("wan", ComponentState.STARTING))
    assert desk.store.state.banks == 3
    desk.store.handle(generator("wan", ComponentState.READY))
    assert desk.store.state.pads == ("A", "B")
    assert desk.posted == [ArmBank(scenes=("A", "B"), stamp_ns=3, origin=Origin.ENGINE)]
    desk.offered = table(5), library("C")
    desk.store.handle(generator("wan", ComponentState.READY))
    assert desk.store.state.pads == ("A", "B")
    desk.store.handle(generator("wan", ComponentState.FAILED))
    desk.store.handle(generator("wan", ComponentState.READY))
    assert (desk.store.state.pads, len(desk.store.state.parameters)) == (("C",), 5)


def test_scenes_and_pace_follow_the_engine() -> None:
    desk = Desk(state(scenes=2))
    desk.store.handle(ScenesChanged(at_ns=4, scenes=library("S1", "New"), text="", renamed=("S2", "New")))
    assert desk.store.state.pads == ("S1", "New")
    for second in (10, 12):
        desk.store.handle(stats(second, chunks=second * 5))
    assert desk.store.state.morph_chunks == 10


def keep(desk: Desk, folder: SettingsFolder | None) -> ControlKeeper:
    keeper = ControlKeeper(desk.store, folder)
    desk.store.subscribe(keeper.follow)
    return keeper


def test_settings_are_kept_and_found_again_without_any_controller(tmp_path: Path) -> None:
    folder, desk = SettingsFolder(tmp_path), Desk()
    keeper = keep(desk, folder)
    keeper.start()
    desk.store.send(ToggleMacroPart(1, "p.3"), Origin.WINDOW)
    desk.store.send(NameMacro(1, "Storm"), Origin.WINDOW)
    desk.store.send(SetLink(LinkMode.JOIN), Origin.WINDOW)
    keeper.close()
    keeper.close()
    again = with_settings(state(), folder)
    assert (again.macros, again.clock, again.link) == (desk.store.state.macros, desk.store.state.clock, LinkMode.JOIN)
    assert with_settings(state(), folder, LinkMode.OFF).link is LinkMode.OFF
    assert sorted(file.name for file in tmp_path.iterdir()) == ["clock.toml", "macros.toml"]


def test_macros_are_kept_as_they_are_put_together(tmp_path: Path) -> None:
    folder, desk = SettingsFolder(tmp_path), Desk()
    keeper = keep(desk, folder)

    def kept(*intents: Intent) -> Macros:
        for intent in intents:
            desk.store.send(intent, Origin.WINDOW)
        return folder.load_macros()

    desk.store.subscribe(keeper._keep)  # as its thread does
    assert kept(*[ToggleMacroPart(2, f"p.{number}") for number in (1, 0, 1)]) == {2: Macro((MacroPart("p.0"),))}
    span = Span(0.25, 0.75, invert=True)
    whole = {2: Macro((MacroPart("p.0", span),), "The storm"), 5: Macro(name="Quiet")}
    edits = (SetMacroSpan(2, "p.0", span), SetMacroSpan(2, "p.1", span), NameMacro(2, "  The  storm "))
    assert kept(*edits, NameMacro(5, "Quiet"), NameMacro(9, "None")) == whole == desk.store.state.macros
    assert desk.store.state.macros_trouble == "There is no macro 9. Choose 1 to 8."
    assert kept(NameMacro(2, ""), NameMacro(5, ""), ToggleMacroPart(2, "p.0")) == {}
    keeper.close()


def test_what_cannot_be_kept_is_told_and_holds_until_the_end(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    desk = Desk()
    keeper = keep(desk, SettingsFolder(tmp_path / "file"))
    desk.store.send(NameMacro(1, "Storm"), Origin.WINDOW)
    desk.store.send(SetLink(LinkMode.JOIN), Origin.WINDOW)
    keeper.start()
    keeper.close()
    front = desk.store.state
    assert front.macros_trouble.startswith("The file of macros cannot be saved: File exists")
    assert front.clock_trouble.startswith("The file of clocks cannot be saved: File exists")
    assert (front.macros[1].name, front.clock.link) == ("Storm", LinkMode.JOIN)


def test_damaged_files_are_told_and_the_rest_holds(tmp_path: Path) -> None:
    (tmp_path / "macros.toml").write_text("[macro]\n9 = 3\n")
    (tmp_path / "clock.toml").write_text("send_to = 5\n")
    first = with_settings(state(), SettingsFolder(tmp_path))
    assert "macros.toml" in first.macros_trouble
    assert "'send_to' must be a text or a list of texts (clock.toml)" in first.clock_trouble
    assert (first.macros, first.link) == ({}, LinkMode.OFF)


def test_the_keepers_thread_hears_the_engine() -> None:
    desk = Desk()
    heard = threading.Event()
    keeper = keep(desk, None)

    def listen(front: ControlState) -> None:
        if front.pads == ("A", "B"):
            heard.set()

    desk.store.subscribe(listen)
    keeper.start()
    keeper.hear(generator("wan", ComponentState.READY))
    assert heard.wait(10.0)
    keeper.close()
