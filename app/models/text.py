"""Events and figures in words, for a performer who glances."""

from collections.abc import Iterable

from app.models.log import Entry, Topic
from engine.clock import NS_PER_MS
from engine.messages.audio import AudioState
from engine.messages.audio_events import AudioChanged
from engine.messages.events import (
    ArmState,
    CacheReset,
    CommandRefused,
    ComponentState,
    CutQueued,
    CutShown,
    DepthChanged,
    Event,
    GeneratorChanged,
    Level,
    Notice,
    SceneArming,
    ScenesChanged,
    SnapshotStored,
    SourceChanged,
    SourceState,
)
from engine.messages.list_events import CueChanged, PlaylistChanged
from engine.messages.output_events import OutputChanged
from engine.messages.parameters import ParameterSpec
from engine.messages.stats import GpuShared
from engine.sources.spec import SourceSpec
from engine.sources.spoken import spoken_name


def audio_words(audio: AudioChanged | None) -> str:
    """How the sound input fares, a sentence; "" while there is nothing to say."""
    if audio is None or audio.state in (AudioState.OFF, AudioState.OPENING, AudioState.LIVE):
        return ""
    what = {
        AudioState.NONE: "",
        AudioState.NO_SIGNAL: f"{audio.name}: no signal.",
        AudioState.CLIPPING: f"{audio.name} clips.",
        AudioState.GONE: f"{audio.name} has gone.",
    }[audio.state]
    return f"{what} {audio.detail}".strip()


def describe_audio(audio: AudioChanged) -> Entry | None:
    """A sound input that has gone, as a line of the log; None for what the chip alone shows."""
    if audio.state is not AudioState.GONE:
        return None
    return Entry(audio.at_ns, Level.WARNING, f"Sound: {audio_words(audio)}")


def describe(event: Event) -> Entry | None:
    """An event as a sentence; None for what the window shows in other ways."""
    match event:
        case Notice():
            return Entry(event.at_ns, event.level, event.text)
        case CommandRefused():
            return Entry(event.at_ns, Level.WARNING, event.text)
        case SourceChanged():
            return Entry(event.at_ns, *_source(event), Topic.SOURCE)
        case GeneratorChanged(state=ComponentState.STARTING):
            return None
        case DepthChanged() | GeneratorChanged():
            name = f"Depth ({event.estimator})" if isinstance(event, DepthChanged) else f"Generator {event.name}"
            topic = Topic.DEPTH if isinstance(event, DepthChanged) else Topic.GENERATOR
            return Entry(event.at_ns, *_stage(name, event.state, event.detail), topic)
        case GpuShared():
            return Entry(event.at_ns, Level.WARNING if event.gpus else Level.INFO, event.sentence())
        case OutputChanged(state=ComponentState.FAILED):
            return Entry(event.at_ns, *_stage("Output", event.state, event.detail), Topic.OUTPUT)
        case CutShown():
            return Entry(event.at_ns, Level.INFO, f"Cut to {event.scene}, {milliseconds(event.latency_ns)} ms")
        case CutQueued() if event.scene:
            return Entry(event.at_ns, Level.INFO, waiting(event.scene))
        case ScenesChanged():
            return Entry(event.at_ns, Level.INFO, event.text)
        case SnapshotStored():
            return Entry(event.at_ns, Level.INFO, f"Snapshot {event.slot} holds {event.scene}")
        case PlaylistChanged() | CueChanged():
            return Entry(event.at_ns, Level.INFO, _list_line(event))
        case CacheReset():
            return Entry(event.at_ns, Level.INFO, f"Caches reset: {event.reason}")
        case _:
            return None


def waiting(scene: str) -> str:
    """That a cut waits."""
    return f"{scene} waits for its beat"


def _list_line(event: PlaylistChanged | CueChanged) -> str:
    """Where a list is: the file, the number, what it says, what comes next."""
    if not event.count:
        return "There is no playlist now" if isinstance(event, PlaylistChanged) else "There is no cue list now"
    place = f"{event.number} of {event.count}" if event.number else f"{event.count} lines"
    if isinstance(event, PlaylistChanged):
        order = " shuffled" * event.shuffled + " looped" * event.loop
        return f"{event.name}{order}, {place}" + (f": {event.prompt}" if event.prompt else "")
    here = f": {event.scene}{f' ({event.note})' if event.note else ''}" if event.scene else ""
    when = " by itself" if event.follow_ns else ""
    return f"{event.name}, {place}{here}" + (f"; next{when} {event.next_scene}" if event.next_scene else "")


def begun(text: str) -> str:
    """A text as it begins a line: its first letter large, names in it as they are."""
    return f"{text[:1].upper()}{text[1:]}"


def source_label(spec: str) -> str:
    """The name for people of a source as it is written; see spoken_name."""
    scheme, _, address = spec.partition(":")
    return spoken_name(SourceSpec(scheme, address))


def _source(event: SourceChanged) -> tuple[Level, str]:
    detail = f": {event.detail}" if event.detail else ""
    name = source_label(event.spec)
    match event.state:
        case SourceState.OPENING:
            return Level.WARNING if detail else Level.INFO, f"Opening {name}{detail}"
        case SourceState.LIVE:
            return Level.INFO, f"{name} is live"
        case SourceState.LOST:
            return Level.WARNING, f"{name} is lost, its last picture stays{detail}"
        case SourceState.FAILED:
            return Level.ERROR, f"{name} has failed{detail}"


def _stage(name: str, state: ComponentState, detail: str) -> tuple[Level, str]:
    level = {ComponentState.FAILED: Level.ERROR, ComponentState.LATE: Level.WARNING}.get(state, Level.INFO)
    verb = {
        ComponentState.OFF: "is off",
        ComponentState.STARTING: "is starting",
        ComponentState.READY: "is ready",
        ComponentState.LATE: "is late",
        ComponentState.FAILED: "has failed",
    }[state]
    return level, f"{name} {verb}" + (f": {detail}" if detail else "")


def computed_otherwise(before: GeneratorChanged, now: GeneratorChanged) -> Entry | None:
    """What a generator that was ready computes otherwise now (a part that was loaded late); None for nothing."""
    changed = [choice for choice in now.backends if choice not in before.backends]
    if not changed:
        return None
    told = "; ".join(f"{one.component}: {one.chosen} ({one.reason})" for one in changed)
    return Entry(now.at_ns, Level.INFO, f"Computed otherwise now: {told}")


def armed_lines(scenes: Iterable[SceneArming], opening_bytes: int) -> tuple[str, ...]:
    """How many scenes are armed, and for each reason which are not."""
    every = tuple(scenes)
    if not every:
        return ()
    armed = sum(one.state is ArmState.ARMED for one in every)
    size = gibibytes(opening_bytes)
    unit = "GiB" if opening_bytes >= 2**30 else "MiB"
    lines = [f"{armed} of {len(every)} pads armed, {size} {unit}."]
    reasons: dict[str, list[str]] = {}
    for one in every:
        if one.state is not ArmState.ARMED:
            reason = "being prepared" if one.state is ArmState.ARMING else one.why or "waiting to be prepared"
            reasons.setdefault(reason, []).append(one.scene)
    lines += [f"Not armed: {', '.join(names)} ({reason})." for reason, names in reasons.items()]
    return tuple(lines)


def milliseconds(span_ns: int) -> str:
    """A span in whole milliseconds."""
    return f"{span_ns / NS_PER_MS:.0f}"


def rate(fps: float) -> str:
    """A rate with one decimal, as wide for 9 as for 30."""
    return f"{fps:.1f}"


def count(number: int) -> str:
    """A counter that stays short: 950, 12.3k, 4.56M."""
    if number < 10_000:
        return str(number)
    if number < 1_000_000:
        return f"{number / 1000:.1f}k"
    return f"{number / 1_000_000:.2f}M"


def gibibytes(size: int) -> str:
    """A size in GiB with two decimals, or MiB below one."""
    return f"{size / 2**30:.2f}" if size >= 2**30 else f"{size / 2**20:.0f}"


def value(spec: ParameterSpec, number: float) -> str:
    """A parameter's value with as many decimals as its range makes visible, and a true minus sign."""
    span = spec.maximum - spec.minimum
    decimals = 0 if span >= 50 else 1 if span >= 10 else 2
    text = f"{number:.{decimals}f}"
    if float(text) == 0.0:
        text = text.lstrip("-")
    return text.replace("-", "\N{MINUS SIGN}")


def parse_value(text: str) -> float | None:
    """The number a performer typed (comma or point), None if it is none."""
    try:
        return float(text.strip().replace(",", ".").replace("\N{MINUS SIGN}", "-"))
    except ValueError:
        return None
