"""What the models look like in words and colours: pure functions, one for each part that shows several things."""

from typing import Final

from PySide6.QtGui import QColor

from app import theme
from app.midi.ports.port import PortState
from app.models import quality
from app.models import text as words
from app.models.chain import ChainModel
from app.models.controllers.api import MidiSnapshot
from app.models.pending import Pending
from app.models.transport import Transport
from app.widgets.chip import ChipFace, Tone
from app.widgets.lists import ListFace
from engine.clock import NS_PER_SECOND
from engine.messages.audio import AudioState
from engine.messages.audio_events import AudioChanged
from engine.messages.events import (
    ComponentState,
    DepthChanged,
    GeneratorChanged,
    Level,
    SourceChanged,
    SourceState,
)
from engine.messages.interpolation import Interpolation
from engine.messages.list_events import CueChanged, PlaylistChanged, TimecodeChanged
from engine.messages.output_events import OutputChanged
from engine.messages.parameters import OUTPUT_FADE
from engine.messages.stats import Stats

NDI_NOTICE: Final = (
    'NDI® is a registered trademark of Vizrt NDI AB. <a style="color:#4FDDE2" href="https://ndi.video">ndi.video</a>'
)
TONES: Final = {
    ComponentState.OFF: Tone.OFF,
    ComponentState.STARTING: Tone.WAITING,
    ComponentState.READY: Tone.LIVE,
    ComponentState.LATE: Tone.WAITING,
    ComponentState.FAILED: Tone.FAULT,
}


SOUND_REMARKS: Final = {
    AudioState.NONE: "NONE",
    AudioState.NO_SIGNAL: "SILENT",
    AudioState.CLIPPING: "CLIPS",
    AudioState.GONE: "GONE",
}


def source_face(source: SourceChanged | None, stats: Stats | None) -> ChipFace:
    """The chip of the source."""
    if source is None:
        return ChipFace("Source", "No source", "", "", "", Tone.OFF)
    tone = {
        SourceState.OPENING: Tone.WAITING,
        SourceState.LIVE: Tone.LIVE,
        SourceState.LOST: Tone.FAULT,
        SourceState.FAILED: Tone.FAULT,
    }[source.state]
    remark = "" if source.state is SourceState.LIVE else source.state.value.upper()
    live = source.state is SourceState.LIVE and stats is not None
    number = words.rate(stats.input_fps) if live and stats is not None else ""
    return ChipFace("Source", words.source_label(source.spec), remark, number, "fps", tone)


def depth_face(depth: DepthChanged | None, stats: Stats | None) -> ChipFace:
    """The chip of the depth worker; its number is the map's age."""
    if depth is None:
        return ChipFace("Depth", "–", "", "", "", Tone.OFF)
    known = stats is not None and stats.depth_age_ns > 0 and depth.state in (ComponentState.READY, ComponentState.LATE)
    number = words.milliseconds(stats.depth_age_ns) if known and stats is not None else ""
    remark = "" if depth.state is ComponentState.READY else depth.state.value.upper()
    return ChipFace("Depth", words.begun(depth.estimator), remark, number, "ms", TONES[depth.state])


def sound_face(audio: AudioChanged | None, level: float | None) -> ChipFace:
    """The chip of the sound, with a bar of its level in steps of a fortieth."""
    if audio is None or audio.state is AudioState.OFF:
        return ChipFace("Sound", "None", "", "", "", Tone.OFF)
    tone = {
        AudioState.NONE: Tone.OFF,
        AudioState.OPENING: Tone.WAITING,
        AudioState.LIVE: Tone.LIVE,
        AudioState.NO_SIGNAL: Tone.WAITING,
        AudioState.CLIPPING: Tone.WAITING,
        AudioState.GONE: Tone.WAITING,
    }[audio.state]
    remark = "" if audio.state in (AudioState.LIVE, AudioState.OPENING) else SOUND_REMARKS[audio.state]
    meter = round(level * 40) / 40 if level is not None else None
    name = "Source" if audio.name == "source" else audio.name
    return ChipFace("Sound", name, remark, "", "", tone, meter=meter)


def generator_face(chain: ChainModel, stats: Stats | None) -> ChipFace:
    """The chip of the generator; a bar while it warms up."""
    generator = chain.generator
    if generator is None:
        return ChipFace("Generator", "–", "", "", "", Tone.OFF)
    starting = generator.state is ComponentState.STARTING
    remark = "" if generator.state is ComponentState.READY else generator.state.value.upper()
    if starting:
        return ChipFace(
            "Generator",
            generator.name.capitalize(),
            "WARMING UP",
            f"{generator.progress * 100:.0f}",
            "%",
            Tone.WAITING,
            generator.progress,
        )
    ready = generator.state in (ComponentState.READY, ComponentState.LATE) and stats is not None
    number = words.rate(stats.pipeline_fps) if ready and stats is not None else ""
    tone = TONES[generator.state]
    if generator.state is ComponentState.READY and (simpler := quality.remark(chain.quality)):
        remark = simpler
        tone = Tone.WAITING if quality.is_forced(chain.quality) else tone
    if chain.shared_gpus and generator.state is ComponentState.READY:
        tone, remark = Tone.WAITING, "GPU SHARED"
    if generator.state is ComponentState.READY and generator.detail:  # it stands in for one that there is no room for
        tone, remark = Tone.WAITING, "INSTEAD"
    return ChipFace("Generator", generator.name.capitalize(), remark, number, "fps", tone)


def output_face(output: OutputChanged | None, stats: Stats | None) -> ChipFace:
    """The chip of the output."""
    if output is None:
        return ChipFace("Output", "–", "", "", "", Tone.OFF)
    tone = TONES[output.state]
    remark = "" if output.state is ComponentState.READY else output.state.value.upper()
    if output.tally and output.state is ComponentState.READY:
        tone, remark = Tone.ON_AIR, "ON AIR"
    running = output.state in (ComponentState.READY, ComponentState.LATE) and stats is not None
    number = words.rate(stats.output_fps) if running and stats is not None else ""
    return ChipFace("Output", output.name or f"{output.width}×{output.height}", remark, number, "fps", tone)


def between_words(output: OutputChanged | None, stats: Stats | None) -> str:
    """What the pictures between generated ones cost; "" where there are none."""
    if output is None or stats is None or output.interpolation is Interpolation.OFF:
        return ""
    if not stats.interpolation_ns:
        return "None are needed now."
    told = [f"Up to {words.milliseconds(stats.interpolation_ns)} ms later."]
    if output.interpolation is Interpolation.MOTION and stats.between:
        told.append(f"{100 * stats.blended / stats.between:.0f} % only blended, for want of time.")
    return " ".join(told)


def source_words(source: SourceChanged | None) -> str:
    """Why no new picture comes in, over the last one; "" while one does."""
    if source is None or source.state is SourceState.LIVE:
        return ""
    if source.state is SourceState.OPENING:
        return source.detail or f"Opening {words.source_label(source.spec)}"
    verb = "is lost" if source.state is SourceState.LOST else "has failed"
    return source.detail or f"{words.source_label(source.spec)} {verb}"


def depth_words(depth: DepthChanged | None) -> str:
    """Why there is no depth; "" while there is."""
    return depth.detail if depth is not None and depth.state is ComponentState.FAILED else ""


def receivers(connections: int) -> str:
    """How many receivers, in words."""
    return "NO RECEIVER" if connections == 0 else "1 RECEIVER" if connections == 1 else f"{connections} RECEIVERS"


def blackout_fades(transport: Transport, output: OutputChanged | None) -> bool:
    """Whether viewers see the picture on its way to black, or back."""
    return output is not None and (output.blackout_fades or _begins_to_fade(transport.blackout, output))


def freeze_fades(transport: Transport, output: OutputChanged | None) -> bool:
    """Whether viewers see the picture that is held mixed with what is new."""
    return output is not None and (output.freeze_fades or _begins_to_fade(transport.freeze, output))


def _begins_to_fade(switch: Pending[bool], output: OutputChanged) -> bool:
    return switch.waiting and output.values.get(OUTPUT_FADE, 0.0) > 0.0


def lamp(transport: Transport, output: OutputChanged | None) -> tuple[str, QColor | None]:
    """The studio lamp: blackout before freeze before emergency before fault before on air; each as far as it is so."""
    if blackout_fades(transport, output):
        return "FADING OUT" if transport.blackout.shown else "FADING IN", theme.RED
    if transport.blackout.shown:
        return "BLACKOUT", theme.RED
    if freeze_fades(transport, output):
        return "FREEZING" if transport.freeze.shown else "RELEASING", theme.ACCENT
    if transport.freeze.shown:
        return "FROZEN", theme.ACCENT
    if output is not None and output.emergency_shown:
        return "EMERGENCY", theme.AMBER
    if output is None or output.state is ComponentState.OFF:
        return "OUTPUT OFF", None
    if output.state is ComponentState.FAILED:
        return "OUTPUT FAILED", theme.RED
    if output.tally:
        return "ON AIR", theme.RED
    return receivers(output.connections), None


def programme_frame(transport: Transport, chain: ChainModel) -> tuple[QColor, str]:
    """The frame around the programme, and the words where there is no picture."""
    if blackout_fades(transport, chain.output):
        return theme.RED, ""
    if transport.blackout.shown:
        return theme.RED, "BLACKOUT"
    if transport.freeze.shown or freeze_fades(transport, chain.output):
        return theme.ACCENT, ""
    if chain.on_air:
        return theme.RED, ""
    if transport.scene:
        return theme.LINE, ""
    generator = chain.generator
    if generator is not None and generator.state is ComponentState.STARTING:
        return theme.LINE, f"Warming up {generator.progress * 100:.0f} %"
    return theme.LINE, "Starting"


def midi_face(midi: MidiSnapshot, known: bool) -> ChipFace:
    """The chip of the controllers; one in trouble comes first.

    Args:
        known: a controller has been there. Who plays without one is in no trouble for want of MIDI.
    """
    if midi.fault and known:
        return ChipFace("MIDI", "No MIDI", "FAULT", "", "", Tone.WAITING)
    if not midi.ports:
        return ChipFace("MIDI", "Keys, mouse", "", "", "", Tone.OFF)
    troubled = [port for port in midi.ports if port.state is not PortState.OPEN]
    first = (*troubled, *midi.ports)[0]
    more = f"+{len(midi.ports) - 1}" if len(midi.ports) > 1 else ""
    remark = first.state.value.upper() if troubled else more
    return ChipFace("MIDI", first.name, remark, "", "", Tone.WAITING if troubled else Tone.LIVE)


def backend_words(generator: GeneratorChanged | None) -> str:
    """How the generator computes: its first part, and how many more its menu tells of."""
    if generator is None or not generator.backends:
        return ""
    first, *others = generator.backends
    more = f"  +{len(others)} more" if others else ""
    return f"{first.component}: {first.chosen}{more}"


def event_colours(level: Level) -> tuple[QColor, QColor | None]:
    """The ink and the lamp of a line of the log."""
    return {
        Level.INFO: (theme.DIM, None),
        Level.WARNING: (theme.TEXT, theme.AMBER),
        Level.ERROR: (theme.TEXT, theme.RED),
    }[level]


def morph_words(transport: Transport) -> tuple[str, str]:
    """The morph's length, and what it is."""
    return f"{transport.morph_seconds:g} s", "Morph"


def playlist_face(playlist: PlaylistChanged | None) -> ListFace:
    """The line of the playlist."""
    if playlist is None:
        return ListFace("Playlist", "", "Drop a .txt file, one prompt a line.")
    following = f"Next: {playlist.next_prompt}" if playlist.next_prompt else "The list ends here"
    order = ", ".join(["shuffled"] * playlist.shuffled + ["looped"] * playlist.loop)
    below = f"{following} ({order})" if order else following
    here = playlist.prompt or f"{playlist.name}: not begun"
    return ListFace("Playlist", f"{playlist.number} / {playlist.count}", here, below)


def cue_face(cues: CueChanged | None, now_ns: int, timecode: TimecodeChanged | None = None) -> ListFace:
    """The line of the cue list; its note stands beside what plays, as the next comes below.

    Args:
        timecode: stands beside the title, in brackets while it does not run.
    """
    title = "Cues"
    if timecode is not None:
        label = timecode.label(now_ns)
        title = f"Cues  {label}" if timecode.speed else f"Cues  ({label})"
    if cues is None:
        return ListFace(title, "", "Drop a .toml file of scenes and when they come.")
    here = cues.scene or f"{cues.name}: not begun"
    if cues.note:
        here = f"{here} – {cues.note}"
    below = f"Next: {cues.next_scene}" if cues.next_scene else "The list ends here"
    if cues.follow_ns:
        below = f"{below}, by itself in {wait_words(cues.follow_ns, now_ns)}"
    return ListFace(title, f"{cues.number} / {cues.count}", here, below, bool(cues.follow_ns))


def wait_words(due_ns: int, now_ns: int) -> str:
    """How long a queued cut still waits."""
    return f"{max(0.0, (due_ns - now_ns) / NS_PER_SECOND):.1f} s"
