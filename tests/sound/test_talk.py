"""What the engine is told of a beat that is heard."""

from dataclasses import replace

from app.control.audio_settings import AudioSettings, audio_document, parse_audio
from app.control.intents import FollowSound, HearInput, SetGain
from app.control.reducer import apply
from app.control.state import ControlState, first_state
from app.models.controllers.clocks import TempoSource, clock_snapshot
from app.sound.service import SoundService, SoundState
from app.sound.talk import BeatTalk
from engine.clock import NS_PER_SECOND
from engine.messages.audio import AudioState
from engine.messages.audio_events import AudioBeat, AudioChanged
from engine.messages.commands import (
    Command,
    ExternalBeat,
    Origin,
    Resync,
)
from engine.messages.input_commands import SelectAudio, SetAudioGain
from engine.messages.parameters import ParameterTable

BEAT_NS = NS_PER_SECOND // 2


def beat(number: int, bpm: float = 120.0, off_ns: int = 0, bar: int = 0, sure: float = 0.9) -> AudioBeat:
    at_ns = number * BEAT_NS + off_ns
    bar_ns = at_ns - (number - bar) % 4 * BEAT_NS
    return AudioBeat(at_ns=at_ns, bpm=bpm, beat_ns=at_ns, bar_ns=bar_ns, confidence=0.9, bar_confidence=sure)


def state() -> ControlState:
    return first_state(ParameterTable(()), ())


def test_a_steady_beat_is_told_once_and_its_jitter_never() -> None:
    talk = BeatTalk()
    first = talk.hear(beat(0))
    assert [type(one) for one in first] == [ExternalBeat, Resync]
    assert {one.origin for one in first} == {Origin.AUDIO}
    assert not any(talk.hear(beat(number, off_ns=(-1) ** number * 2_000_000)) for number in range(1, 40))
    assert [type(one) for one in talk.hear(beat(40, bpm=124.0))][:1] == [ExternalBeat]


def test_a_bar_is_moved_only_where_it_is_sure() -> None:
    talk = BeatTalk()
    talk.hear(beat(0))
    assert talk.hear(beat(5, bar=2, sure=0.2)) == ()
    assert talk.hear(beat(6, bar=2)) == (Resync(stamp_ns=6 * BEAT_NS, origin=Origin.AUDIO),)


def test_another_clock_goes_first_and_the_performer_may_switch_it_off() -> None:
    posted: list[Command] = []
    led = [True]
    service = SoundService(posted.append, lambda: led[0])
    service.follow(state())
    service.hear(AudioChanged(at_ns=0, name="Mic", state=AudioState.LIVE))
    service.hear(beat(0))
    service.close()  # never started: what it was given is worked through on this thread
    service._work()
    assert posted == []
    assert service.state() == SoundState("Mic", AudioState.LIVE, "", 120.0, 0.9, leads=False)


def test_the_sounds_beat_leads_where_no_other_clock_does() -> None:
    posted: list[Command] = []
    service = SoundService(posted.append, lambda: False)
    service.hear(beat(0))
    service.close()
    service._work()
    assert [type(one) for one in posted] == [ExternalBeat, Resync]
    followed = clock_snapshot(state(), None, None, service.state()).followed
    assert (followed.source, followed.label) == (TempoSource.AUDIO, "AUDIO 90")
    sure = clock_snapshot(state(), None, None, replace(service.state(), confidence=0.98)).followed
    assert sure.label == "AUDIO"


def test_what_is_asked_of_sound_is_kept_and_posted() -> None:
    heard = apply(state(), HearInput("Mic"), 5, Origin.WINDOW)
    assert heard.commands == (SelectAudio(stamp_ns=5, name="Mic"),)
    louder = apply(heard.state, SetGain(6.0), 5, Origin.WINDOW)
    assert louder.commands == (SetAudioGain(stamp_ns=5, gain_db=6.0),)
    quiet = apply(louder.state, FollowSound(False), 5, Origin.WINDOW).state.audio
    assert quiet == AudioSettings("Mic", 6.0, beat=False)
    for settings in (quiet, AudioSettings()):
        assert parse_audio(audio_document(settings), "audio.toml") == settings
