"""From intents to commands: what lies in front after an intent, and what the engine is asked. Pure.

A change of the scenes in front asks for their openings (ArmBank), whoever made it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.control.auto import AutoSettings
from app.control.clock_settings import with_port
from app.control.intents import (
    AssignPad,
    FollowSound,
    HearInput,
    Intent,
    MoveMacro,
    NameMacro,
    PlayPrompt,
    PlayScene,
    PressPad,
    Recall,
    SendClock,
    SetAuto,
    SetGain,
    SetLaunch,
    SetLink,
    SetMacroSpan,
    SetModulation,
    SetMorphSeconds,
    SetSoft,
    StepBank,
    StepMorph,
    StepPrompts,
    ToggleMacroPart,
    ToggleMacros,
    TuneAuto,
    TurnBank,
    TurnPage,
    UseFront,
    UseMacros,
    WritePrompt,
)
from app.control.limits import LONGEST_MORPH_S, MORPH_SECONDS, SHORTEST_MORPH_S
from app.control.macros import named, with_part, with_span
from app.control.state import ControlState
from app.errors import ControlError
from engine.messages.commands import (
    ArmBank,
    Command,
    HardCut,
    Origin,
    RecallSnapshot,
    SetAutoPilot,
    SetParameter,
    SetPrompt,
    SoftCut,
)
from engine.messages.input_commands import SelectAudio, SetAudioGain
from engine.messages.list_commands import GoToPrompt, StepPlaylist
from engine.messages.modulation_commands import RouteMacros, SwitchModulation
from engine.messages.parameters import ParameterTable
from engine.messages.stats import Stats

FrontIntent = TurnBank | StepBank | TurnPage | ToggleMacros | SetSoft | SetLaunch | StepMorph | SetMorphSeconds
MacroIntent = ToggleMacroPart | SetMacroSpan | NameMacro | UseMacros
PlayIntent = PressPad | PlayScene | Recall | WritePrompt | StepPrompts | PlayPrompt | MoveMacro


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an intent: the state after it, and the commands to post, in order."""

    state: ControlState
    commands: tuple[Command, ...] = ()


def apply(state: ControlState, intent: Intent, stamp_ns: int, origin: Origin) -> Outcome:
    """Carry out an intent.

    Args:
        stamp_ns: when the gesture was made; origin: who made it. Commands carry both.
    """
    match intent:
        case PressPad() | PlayScene() | Recall() | WritePrompt() | StepPrompts() | PlayPrompt() | MoveMacro():
            return Outcome(state, _played(state, intent, stamp_ns, origin))
        case ToggleMacroPart() | SetMacroSpan() | NameMacro() | UseMacros():
            after = _macros(state, intent)
            return Outcome(after, routed(after, stamp_ns, origin) if after.macros != state.macros else ())
        case SendClock(port, send, present):
            return Outcome(replace(state, clock=with_port(state.clock, port, send, present), clock_trouble=""))
        case SetLink(mode):
            return Outcome(replace(state, clock=replace(state.clock, link=mode), link=mode, clock_trouble=""))
        case SetAuto() | TuneAuto():
            return _flown(replace(state, auto=_auto(state.auto, intent)), stamp_ns, origin)
        case SetModulation(on):
            after = replace(state, modulated=not state.modulated if on is None else on)
            return Outcome(after, (SwitchModulation(on=after.modulated, stamp_ns=stamp_ns, origin=origin),))
        case HearInput() | SetGain() | FollowSound():
            return _sound(state, intent, stamp_ns, origin)
        case AssignPad(index, scene):
            pads = state.pads + ("",) * (index + 1 - len(state.pads))
            return rearmed(state, replace(state, pads=(*pads[:index], scene, *pads[index + 1 :])), stamp_ns, origin)
        case UseFront():
            return _begun(state, _laid_out(state, intent), stamp_ns, origin)
        case _:
            return rearmed(state, _turned(state, intent), stamp_ns, origin)


def _sound(state: ControlState, intent: HearInput | SetGain | FollowSound, stamp_ns: int, origin: Origin) -> Outcome:
    match intent:
        case HearInput(name):
            audio = replace(state.audio, input=name)
            commands: tuple[Command, ...] = (SelectAudio(stamp_ns=stamp_ns, origin=origin, name=name),)
        case SetGain(gain_db):
            audio = replace(state.audio, gain_db=gain_db)
            commands = (SetAudioGain(stamp_ns=stamp_ns, origin=origin, gain_db=gain_db),)
        case FollowSound(on):
            audio, commands = replace(state.audio, beat=on), ()
    return Outcome(replace(state, audio=audio, audio_trouble=""), commands)


def rearmed(before: ControlState, after: ControlState, stamp_ns: int, origin: Origin) -> Outcome:
    """The state with the command that keeps the scenes in front ready, where they are others than before."""
    commands: tuple[Command, ...] = ()
    if set(before.front_scenes) != set(after.front_scenes):
        commands += (ArmBank(scenes=after.front_scenes, stamp_ns=stamp_ns, origin=origin),)
    if after.auto.on and not after.auto.prompts and before.front_scenes != after.front_scenes:
        commands += _flown(after, stamp_ns, origin).commands
    return Outcome(after, commands)


def _begun(before: ControlState, after: ControlState, stamp_ns: int, origin: Origin) -> Outcome:
    """The state with the commands for another front as a whole."""
    commands = rearmed(replace(before, auto=after.auto), after, stamp_ns, origin).commands
    told = any(isinstance(one, SetAutoPilot) for one in commands)
    if before.auto != after.auto and not told:
        commands += _flown(after, stamp_ns, origin).commands
    if before.modulated != after.modulated:
        commands += (SwitchModulation(on=after.modulated, stamp_ns=stamp_ns, origin=origin),)
    return Outcome(after, commands)


def routed(state: ControlState, stamp_ns: int, origin: Origin) -> tuple[Command, ...]:
    """What tells the engine which parameters the macros move, so that it can modulate them."""
    routes = {
        f"macro.{number}": tuple(
            (part.parameter, (part.span.low - part.span.high) if part.span.invert else (part.span.high - part.span.low))
            for part in state.macro_parts(number)
        )
        for number in sorted(state.macros)
    }
    return (RouteMacros(routes=routes, stamp_ns=stamp_ns, origin=origin),)


def resumed(state: ControlState, stamp_ns: int, origin: Origin) -> tuple[Command, ...]:
    """What a generator that has just been made has to be told of what goes on beside its scenes."""
    commands: tuple[Command, ...] = routed(state, stamp_ns, origin) if state.macros else ()
    if not state.modulated:
        commands += (SwitchModulation(on=False, stamp_ns=stamp_ns, origin=origin),)
    return commands + (_flown(state, stamp_ns, origin).commands if state.auto.on else ())


def _auto(auto: AutoSettings, intent: SetAuto | TuneAuto) -> AutoSettings:
    if isinstance(intent, SetAuto):
        return replace(auto, on=not auto.on if intent.on is None else intent.on)
    return replace(
        auto,
        bars=auto.bars if intent.bars is None else intent.bars,
        time=auto.time if intent.time is None else intent.time,
        way=auto.way if intent.way is None else intent.way,
        prompts=auto.prompts if intent.prompts is None else intent.prompts,
    )


def _flown(state: ControlState, stamp_ns: int, origin: Origin) -> Outcome:
    """The state with what the auto-pilot is asked for it."""
    plan = state.auto.plan(state.front_scenes, state.morph_chunks, stamp_ns % 2**32)
    return Outcome(state, (SetAutoPilot(plan=plan, stamp_ns=stamp_ns, origin=origin),))


def loaded(state: ControlState, table: ParameterTable, scenes: Iterable[str]) -> ControlState:
    """Another generator's parameters, and its scenes on the pads in their own order; the same scenes stay put."""
    there = tuple(scenes)
    pads = state.pads if frozenset(there) == state.scenes else there
    after = replace(state, table=table, scenes=frozenset(there), pads=pads)
    return replace(after, pad_bank=min(state.pad_bank, after.banks), knob_page=min(state.knob_page, after.pages))


def refreshed(state: ControlState, scenes: Iterable[str], renamed: tuple[str, str] | None) -> ControlState:
    """The library has other scenes: pads stay as they are, a renamed scene keeps its pad, a new one gets one."""
    there = tuple(scenes)
    pads = [renamed[1] if renamed is not None and pad == renamed[0] else pad for pad in state.pads]
    for scene in there:
        if scene not in pads:
            place = pads.index("") if "" in pads else len(pads)
            pads[place : place + 1] = [scene]
    return replace(state, scenes=frozenset(there), pads=tuple(pads))


def paced(state: ControlState, stats: Stats) -> ControlState:
    """The state after the figures of one second."""
    return replace(state, pace=state.pace.after(stats))


def _turned(state: ControlState, intent: FrontIntent) -> ControlState:
    match intent:
        case TurnBank(bank):
            return replace(state, pad_bank=_within(bank, state.banks))
        case StepBank(steps):
            return replace(state, pad_bank=_within(state.pad_bank + steps, state.banks))
        case TurnPage(page):
            if page > state.pages:
                return replace(state, macros_shown=True)
            return replace(state, macros_shown=False, knob_page=max(page, 1))
        case ToggleMacros():
            return replace(state, macros_shown=not state.macros_shown)
        case SetSoft(soft):
            return replace(state, soft=not state.soft if soft is None else soft)
        case SetLaunch(launch):
            return replace(state, launch=launch)
        case StepMorph(steps):
            return replace(state, morph_seconds=stepped(state.morph_seconds, steps))
        case SetMorphSeconds(seconds):
            return replace(state, morph_seconds=min(max(seconds, SHORTEST_MORPH_S), LONGEST_MORPH_S))


def _laid_out(state: ControlState, front: UseFront) -> ControlState:
    after = replace(
        state,
        pads=front.pads,
        macros_shown=front.macros_shown,
        soft=front.soft,
        launch=front.launch,
        morph_seconds=min(max(front.morph_seconds, SHORTEST_MORPH_S), LONGEST_MORPH_S),
        auto=state.auto if front.auto is None else front.auto,
        modulated=state.modulated if front.modulated is None else front.modulated,
        link=state.link if front.link is None else front.link,
    )
    return replace(after, pad_bank=_within(front.bank, after.banks), knob_page=_within(front.page, after.pages))


def _within(number: int, count: int) -> int:
    return min(max(number, 1), count)


def stepped(seconds: float, steps: int) -> float:
    """The length of MORPH_SECONDS so many steps away; from between two of them, the first step goes to the next one."""
    if steps == 0:
        return seconds
    place = bisect_right(MORPH_SECONDS, seconds) - 1 if steps > 0 else bisect_left(MORPH_SECONDS, seconds)
    return MORPH_SECONDS[min(max(place + steps, 0), len(MORPH_SECONDS) - 1)]


def _macros(state: ControlState, intent: MacroIntent) -> ControlState:
    try:
        match intent:
            case ToggleMacroPart(macro, parameter):
                macros = with_part(state.macros, macro, parameter)
            case SetMacroSpan(macro, parameter, span):
                macros = with_span(state.macros, macro, parameter, span)
            case NameMacro(macro, name):
                macros = named(state.macros, macro, name)
            case UseMacros(macros):
                pass
    except ControlError as error:
        return replace(state, macros_trouble=str(error))
    return replace(state, macros=macros, macros_trouble="")


def _played(state: ControlState, intent: PlayIntent, stamp: int, origin: Origin) -> tuple[Command, ...]:
    chunks, launch = state.morph_chunks, state.launch
    match intent:
        case PressPad(number):
            return _cut(state, state.pad(number), state.soft, stamp, origin)
        case PlayScene(scene, soft):
            return _cut(state, scene, state.soft if soft is None else soft, stamp, origin)
        case Recall(slot):
            return (RecallSnapshot(slot=slot, launch=launch, stamp_ns=stamp, origin=origin),)
        case WritePrompt(text):
            return (SetPrompt(text=text, chunks=chunks, stamp_ns=stamp, origin=origin),)
        case StepPrompts(steps):
            return (StepPlaylist(steps=steps, chunks=chunks, stamp_ns=stamp, origin=origin),)
        case PlayPrompt(place):
            return (GoToPrompt(place=place, chunks=chunks, stamp_ns=stamp, origin=origin),)
        case MoveMacro(macro, position):
            return tuple(
                SetParameter(
                    parameter=part.parameter,
                    value=state.table[part.parameter].from_travel(part.span.travel(position)),
                    stamp_ns=stamp,
                    origin=origin,
                )
                for part in state.macro_parts(macro)
            )


def _cut(state: ControlState, scene: str, soft: bool, stamp: int, origin: Origin) -> tuple[Command, ...]:
    if not scene:
        return ()
    if soft:
        chunks = state.morph_chunks
        return (SoftCut(scene=scene, chunks=chunks, launch=state.launch, stamp_ns=stamp, origin=origin),)
    return (HardCut(scene=scene, launch=state.launch, stamp_ns=stamp, origin=origin),)
