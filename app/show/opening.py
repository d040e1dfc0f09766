"""What the engine and the front are asked, so that a show plays: at a start, or in the middle of another show."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from app.control.clock_settings import LinkMode
from app.control.intents import UseFront
from app.extras import link_installed
from app.show.asked import Opening
from app.show.document import ListPlace, Show
from engine.documents import is_missing
from engine.errors import EngineError
from engine.messages.alpha import AlphaOut
from engine.messages.autopilot import MOST_BARS
from engine.messages.commands import (
    Command,
    HardCut,
    Origin,
    SelectFormat,
    SetParameter,
    SetPrompt,
    SetTempo,
)
from engine.messages.cue_lists import CueList, load_cues, parse_cues
from engine.messages.emergency import parse_emergency
from engine.messages.framing import CENTRE
from engine.messages.input_commands import SelectMap, SelectSource, SetFraming
from engine.messages.list_commands import UseCues, UsePlaylist
from engine.messages.modulation import Modulation
from engine.messages.modulation_commands import SetModulator, SwitchModulation
from engine.messages.output_commands import (
    ChooseEmergency,
    SetAlpha,
    SetCanvas,
    SetInterpolation,
    SetLogo,
    SetOutputRate,
    SetPlacement,
    ShapeDisplay,
)
from engine.messages.parameters import (
    DESK_PARAMETERS,
    MAP_PARAMETERS,
    OUTPUT_LEVEL,
    OUTPUT_PARAMETERS,
    ParameterTable,
)
from engine.messages.playlists import Playlist, load_playlist, parse_playlist
from engine.messages.quality import SetQuality
from engine.messages.reference import ChooseReference
from engine.messages.scenes import SceneLibrary
from engine.messages.shape import parse_shape
from engine.messages.transitions import AT_ONCE

L = TypeVar("L", Playlist, CueList)


def open_on(show: Show, table: ParameterTable, scenes: SceneLibrary, now_ns: int) -> Opening:
    """What makes a show play that is the engine's first: its source, scene and output are the engine's own."""
    faults: list[str] = []
    front = _front(show, scenes, faults)
    lists: tuple[Command, ...] = tuple(_lists(show, scenes, now_ns, faults))
    turned = [one for one in _map_values(show, now_ns) if one.value != MAP_PARAMETERS[one.parameter].default]
    lists = (*turned, *_dressed(show, now_ns), *_shaped(show, now_ns, faults), *lists)
    if show.playing.reference:
        lists = (ChooseReference(stamp_ns=now_ns, origin=Origin.CLI, file=show.playing.reference), *lists)
    if show.playing.framing != CENTRE:
        lists = (SetFraming(stamp_ns=now_ns, origin=Origin.CLI, framing=show.playing.framing), *lists)
    if show.playing.scene and show.playing.scene not in scenes:
        faults.append(f"The scene {show.playing.scene} is not here: the home scene plays.")
        return Opening(lists, front, tuple(faults))
    return Opening((*lists, *_played(show, table, scenes, now_ns)), front, tuple(faults))


def open_over(show: Show, table: ParameterTable, scenes: SceneLibrary, now_ns: int) -> Opening:
    """What makes a show play in place of the one that plays, on the same generator."""
    playing, sent, faults = show.playing, show.sent, list[str]()
    commands: list[Command] = [
        SelectFormat(stamp_ns=now_ns, format=playing.format),
        SelectSource(stamp_ns=now_ns, spec=playing.source),
        SetFraming(stamp_ns=now_ns, framing=playing.framing),
        SelectMap(stamp_ns=now_ns, origin=Origin.CLI, name=playing.depth),
        *_map_values(show, now_ns),
        ChooseReference(stamp_ns=now_ns, origin=Origin.CLI, file=playing.reference),
        SetCanvas(stamp_ns=now_ns, width=sent.width, height=sent.height),
        SetOutputRate(stamp_ns=now_ns, rate=sent.fps),
        SetPlacement(stamp_ns=now_ns, fit=sent.fit, upscale=sent.upscale),
        SetInterpolation(stamp_ns=now_ns, mode=sent.interpolation),
        *_dressed(show, now_ns, all_of_it=True),
        *_shaped(show, now_ns, faults),
        *_emergency(show, now_ns),
        *_lists(show, scenes, now_ns, faults),
    ]
    if playing.scene in scenes:
        commands.append(HardCut(stamp_ns=now_ns, scene=playing.scene))
        commands += _played(show, table, scenes, now_ns)
    elif playing.scene:
        faults.append(f"The scene {playing.scene} is not here: the one before plays on.")
    front = _front(show, scenes, faults)
    return Opening(tuple(commands), front, tuple(faults))


def _map_values(show: Show, now_ns: int) -> Iterator[SetParameter]:
    """What is set of the control map, whatever the scene."""
    for key, spec in MAP_PARAMETERS.items():
        value = min(max(show.playing.values.get(key, spec.default), spec.minimum), spec.maximum)
        yield SetParameter(stamp_ns=now_ns, origin=Origin.CLI, parameter=key, value=value)


def _dressed(show: Show, now_ns: int, *, all_of_it: bool = False) -> Iterator[Command]:
    """The fade, the mix, the alpha and the logo; all_of_it: also what is as usual."""
    sent = show.sent
    for key, spec in DESK_PARAMETERS.items():
        value = min(max(sent.values.get(key, spec.default), spec.minimum), spec.maximum)
        if key != OUTPUT_LEVEL and (all_of_it or value != spec.default):
            yield SetParameter(stamp_ns=now_ns, origin=Origin.CLI, parameter=key, value=value)
    if all_of_it or sent.alpha is not AlphaOut.OFF:
        yield SetAlpha(stamp_ns=now_ns, origin=Origin.CLI, mode=sent.alpha)
    if all_of_it or sent.logo:
        yield SetLogo(stamp_ns=now_ns, origin=Origin.CLI, on=sent.logo_on and bool(sent.logo), file=sent.logo)


def _emergency(show: Show, now_ns: int) -> Iterator[Command]:
    """What is shown while nothing comes, where the show says so; this machine's own choice is not written over."""
    if show.sent.emergency:
        chosen = parse_emergency(show.sent.emergency)
        yield ChooseEmergency(
            stamp_ns=now_ns, origin=Origin.CLI, kind=chosen.kind, fade_s=chosen.fade_s, file=chosen.file or None
        )


def _shaped(show: Show, now_ns: int, faults: list[str]) -> Iterator[Command]:
    """How the picture lies on displays."""
    for sink, text in show.sent.shapes.items():
        try:
            yield ShapeDisplay(stamp_ns=now_ns, origin=Origin.CLI, sink=sink, shape=parse_shape(text))
        except EngineError as error:
            faults.append(f"{error} {sink} is as usual.")


def _played(show: Show, table: ParameterTable, scenes: SceneLibrary, now_ns: int) -> Iterator[Command]:
    """What differs from the scene as it is stored."""
    playing = show.playing
    if not playing.scene:
        return
    scene = scenes[playing.scene]
    stored = scene.values(table)
    for key, value in playing.values.items():
        if key not in table or key in OUTPUT_PARAMETERS:
            continue
        spec = table[key]
        value = min(max(value, spec.minimum), spec.maximum)
        if value != stored[spec.id]:
            yield SetParameter(stamp_ns=now_ns, origin=Origin.CLI, parameter=key, value=value, glide=AT_ONCE)
    if playing.prompt and playing.prompt != scene.blend().text:
        yield SetPrompt(stamp_ns=now_ns, origin=Origin.CLI, text=playing.prompt)
    if playing.modulation is not None:
        yield from _modulated(playing.modulation, scene.modulation, now_ns, everywhere=False)
    yield from _modulated(playing.everywhere, {}, now_ns, everywhere=True)
    if not playing.modulated:
        yield SwitchModulation(stamp_ns=now_ns, origin=Origin.CLI, on=False)
    for step, rule in playing.quality.items():
        yield SetQuality(stamp_ns=now_ns, origin=Origin.CLI, step=step, rule=rule)
    if show.beat.bpm > 0.0:
        yield SetTempo(stamp_ns=now_ns, origin=Origin.CLI, bpm=show.beat.bpm)


def _modulated(wanted: Modulation, stored: Modulation, now_ns: int, *, everywhere: bool) -> Iterator[Command]:
    """What brings modulators where they were, from where a scene has them."""
    for target in {**stored, **wanted}:
        here, there = stored.get(target, ()), wanted.get(target, ())
        if here == there:
            continue
        for place, modulator in enumerate((*([None] * len(here)), *there)):
            number = 1 if modulator is None else place - len(here) + 1
            yield SetModulator(
                stamp_ns=now_ns,
                origin=Origin.CLI,
                target=target,
                place=number,
                modulator=modulator,
                everywhere=everywhere,
            )


def _lists(show: Show, scenes: SceneLibrary, now_ns: int, faults: list[str]) -> Iterator[Command]:
    playlist = _list(show.playlist, "playlist", load_playlist, parse_playlist, faults)
    if playlist is not None:
        place = show.playlist
        yield UsePlaylist(
            stamp_ns=now_ns,
            origin=Origin.CLI,
            playlist=playlist,
            number=place.number if 0 <= place.number <= len(playlist.prompts) else 0,
            loop=place.loop,
            seed=place.seed if place.seed >= 0 else None,
        )
    cues = _list(
        show.cues,
        "cue list",
        lambda path: load_cues(path, scenes),
        lambda text, name: parse_cues(text, name, scenes),
        faults,
    )
    if cues is not None:
        number = show.cues.number if 0 <= show.cues.number <= len(cues.cues) else 0
        yield UseCues(stamp_ns=now_ns, origin=Origin.CLI, cues=cues, number=number)


def _list(
    place: ListPlace, kind: str, load: Callable[[Path], L], parse: Callable[[str, str], L], faults: list[str]
) -> L | None:
    """The list as its file has it now, else as the show keeps it; None for none."""
    if not place.path:
        return None
    path = Path(place.path)
    try:
        if not place.text or not is_missing(path):
            return load(path)
    except EngineError as error:
        faults.append(f"{error} The {kind} plays as the show kept it." if place.text else str(error))
        if not place.text:
            return None
    else:
        faults.append(f"The {kind} {path.name} is not where it was: it plays as the show kept it.")
    try:
        return replace(parse(place.text, path.name), path=place.path)
    except EngineError as error:
        faults.append(str(error))
        return None


def _front(show: Show, scenes: SceneLibrary, faults: list[str]) -> UseFront | None:
    front, link = show.front, show.beat.link
    if not front.pads:
        return None
    if link not in (None, LinkMode.OFF) and not link_installed():
        faults.append(
            "The show's tempo comes from Ableton Link, which is not installed here: tap it, or use MIDI clock."
        )
        link = None
    known = {*front.scenes, *front.pads}
    fresh = tuple(name for name in scenes if name not in known)
    return UseFront(
        pads=(*front.pads, *fresh),
        bank=front.bank,
        page=front.page,
        macros_shown=front.macros_shown,
        soft=front.soft,
        launch=front.launch,
        morph_seconds=front.morph_seconds,
        auto=replace(front.auto, bars=min(max(front.auto.bars, 1), MOST_BARS)),
        modulated=show.playing.modulated,
        link=link,
    )
