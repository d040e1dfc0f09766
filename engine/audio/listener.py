"""The thread hardcut-audio: opens what is chosen, analyses it, and keeps the newest features for the chunk loop."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from engine.audio.analysis import Analyser
from engine.audio.devices import Devices, InputStream, Opener
from engine.audio.file_sound import FileSound
from engine.audio.spec import NONE, SOURCE, AudioError, AudioInput, choose
from engine.audio.track import resample, split
from engine.clock import NS_PER_MS, NS_PER_SECOND, Clock
from engine.errors import EngineError
from engine.mailbox import Mailbox
from engine.messages.audio import NO_SOUND, AudioFeatures, AudioState, FeatureTrack
from engine.messages.commands import Command, SeekSource, SelectAudio, SetAudioGain
from engine.messages.events import AudioBeat, AudioChanged, Event, SourceChanged, SourceState

_LOOK_NS: Final = 15 * NS_PER_MS
"""Pause between two looks into the ring: a hop and a half."""

_SILENT_NS: Final = NS_PER_SECOND
"""An input that has not delivered for so long has gone."""

_RETRY_NS: Final = 2 * NS_PER_SECOND
"""How often an input that is not there is looked for."""

_LOOK_PATIENCE_S: Final = 5.0
"""How long the list of inputs is waited for: drivers that do not answer are left out of it."""

_KEPT: Final = 512
"""Features remembered: five seconds, more than any chunk is long."""

_LONGEST_STRETCH_NS: Final = NS_PER_SECOND
"""A track tells of so much time at most: what came before is old news."""


class _Look:
    """A wish to look for inputs."""

    def __init__(self) -> None:
        self.done = threading.Event()


class AudioListener:
    """Listens to one input. Any thread may call apply, hear, track, newest and inputs; its owner start and close.

    Args:
        emit: hears each change of state, and each beat.
        opener: what inputs there are.
    """

    def __init__(self, clock: Clock, emit: Callable[[Event], None], opener: Opener | None = None) -> None:
        self._clock = clock
        self._emit = emit
        self._opener: Opener = opener or Devices()
        self._mail: Mailbox[Command | SourceChanged | _Look | None] = Mailbox()
        self._thread = threading.Thread(target=self._run, name="hardcut-audio", daemon=True)
        self._lock = threading.Lock()
        self._features: deque[AudioFeatures] = deque(maxlen=_KEPT)
        self._inputs: tuple[AudioInput, ...] = ()
        self._told_ns = 0  # the chunk loop's own
        # The audio thread's own.
        self._wanted = NONE
        self._gain_db: float | None = None
        self._source: SourceChanged | None = None
        self._position_ns = 0
        self._stream: InputStream | None = None
        self._analyser: Analyser | None = None
        self._opened_ns = 0
        self._retry_ns = 0
        self._told = AudioChanged(at_ns=0, name=NONE, state=AudioState.OFF)
        self._beat_ns = 0

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End the thread and let the input go."""
        if self._thread.ident is not None:
            self._mail.put(None)
            self._thread.join()

    def apply(self, command: Command) -> bool:
        """Take a command if it is about sound; False if it is not."""
        if isinstance(command, SelectAudio | SetAudioGain):
            self._mail.put(command)
            return True
        if isinstance(command, SeekSource):
            self._mail.put(command)
        return False

    def hear(self, event: Event) -> None:
        """Take in what plays; from any thread, returns at once."""
        if isinstance(event, SourceChanged):
            self._mail.put(event)

    def newest(self) -> AudioFeatures | None:
        """Return the newest features; None where nothing is heard."""
        with self._lock:
            return self._features[-1] if self._features else None

    def input_names(self) -> tuple[str, ...]:
        """Return the names of all inputs; while one is heard, of those there were when it was opened. Takes a while."""
        if not self._thread.is_alive():
            return ()
        look = _Look()
        self._mail.put(look)
        look.done.wait(_LOOK_PATIENCE_S)
        return tuple(dict.fromkeys(one.name for one in self._inputs))

    def track(self, now_ns: int, shown_ns: Sequence[int]) -> FeatureTrack:
        """Return what was heard since the track before, for each frame of a chunk. For the chunk loop alone.

        Args:
            shown_ns: when each frame will be seen.
        """
        with self._lock:
            if not self._features:
                return NO_SOUND
            begin_ns = max(self._told_ns, now_ns - _LONGEST_STRETCH_NS)
            features = [one for one in self._features if one.at_ns > begin_ns] or [self._features[-1]]
        self._told_ns = max(self._told_ns, features[-1].at_ns)
        if now_ns - features[-1].at_ns > _LONGEST_STRETCH_NS:
            return NO_SOUND
        return resample(features, split(begin_ns, self._told_ns, len(shown_ns)), shown_ns)

    # -- the thread -----------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while self._work():
                pass
        except Exception as error:  # noqa: BLE001 - the top of the audio thread, and it reports
            detail = str(error) if isinstance(error, EngineError) else f"Listening has failed: {error!r}."
            self._clear()
            self._tell(AudioState.GONE, f"{detail} The show goes on; choose the input again.")
            self._refuse_until_end()
        finally:
            self._let_go()

    def _refuse_until_end(self) -> None:
        while not any(item is None for item in self._mail.drain()):
            self._mail.wait(NS_PER_SECOND)

    def _work(self) -> bool:
        self._mail.wait(_LOOK_NS if self._stream is not None else NS_PER_SECOND)
        for item in self._mail.drain():
            match item:
                case None:
                    return False
                case SelectAudio():
                    self._choose(item.name)
                case SetAudioGain():
                    self._gain_db = item.gain_db
                    if self._analyser is not None:
                        self._analyser.fix_gain(item.gain_db)
                case SeekSource():
                    self._position_ns = self._clock.now_ns() - round(item.seconds * NS_PER_SECOND)
                    self._reopen_source()
                case SourceChanged():
                    self._follow(item)
                case _Look():
                    self._look(item)
        if self._stream is not None:
            self._listen(self._stream)
        elif self._wanted != NONE and self._clock.now_ns() >= self._retry_ns:
            self._open()
        return True

    def _look(self, wish: _Look) -> None:
        try:
            self._inputs = self._opener.list(again=self._stream is None)
        except AudioError:
            self._inputs = ()  # the chip tells why once one is chosen
        wish.done.set()

    def _choose(self, name: str) -> None:
        self._let_go()
        self._clear()
        self._wanted, self._retry_ns = name, 0
        self._told = replace(self._told, name=name)
        if name == NONE:
            self._tell(AudioState.OFF)
        else:
            self._tell(AudioState.OPENING)

    def _follow(self, event: SourceChanged) -> None:
        if event.state is SourceState.LIVE and (self._source is None or event.spec != self._source.spec):
            self._source, self._position_ns = event, event.at_ns
            self._reopen_source()

    def _reopen_source(self) -> None:
        if self._wanted == SOURCE:
            self._choose(SOURCE)

    def _open(self) -> None:
        self._retry_ns = self._clock.now_ns() + _RETRY_NS
        try:
            if self._wanted == SOURCE:
                self._stream = self._open_source()
            else:
                self._inputs = self._opener.list(again=True)
                self._stream = self._open_input(self._inputs)
        except AudioError as error:
            gone = self._told.state is AudioState.GONE
            self._tell(AudioState.GONE if gone else AudioState.NONE, str(error))
            return
        if self._stream is not None:
            self._analyser = Analyser(self._stream.rate)
            self._analyser.fix_gain(self._gain_db)
            self._opened_ns = self._clock.now_ns()

    def _open_input(self, inputs: tuple[AudioInput, ...]) -> InputStream | None:
        chosen = choose(self._wanted, inputs)
        if chosen is None:
            there = f"There are: {', '.join(one.name for one in inputs)}." if inputs else "There is no sound input."
            raise AudioError("No sound input has this name", where=self._wanted, remedy=there)
        return self._opener.open(chosen, self._clock)

    def _open_source(self) -> InputStream:
        spec = self._source.spec if self._source is not None else ""
        kind, _, rest = spec.partition(":")
        if kind == "file":
            return FileSound(Path(rest), self._position_ns, self._clock)
        raise AudioError("The source has no sound", where=spec, remedy="Play a video file, or choose an input.")

    def _listen(self, stream: InputStream) -> None:
        assert self._analyser is not None
        block, end_ns = stream.ring.read()
        now_ns = self._clock.now_ns()
        if len(block):
            features = self._analyser.push(block, end_ns)
            with self._lock:
                self._features.extend(features)
            if features:
                self._tell_beat(features[-1])
        elif now_ns - max(stream.ring.newest_ns, self._opened_ns) > _SILENT_NS or stream.ended():
            self._let_go()
            self._clear()
            self._tell(AudioState.GONE, "It has gone; it is opened again when it is back.")
            self._retry_ns = now_ns + _RETRY_NS
            return
        condition = self._analyser.condition
        if condition.clipping:
            self._tell(AudioState.CLIPPING, "Turn it down where it comes from.")
        elif condition.silent and now_ns - self._opened_ns > 2 * NS_PER_SECOND:
            self._tell(AudioState.NO_SIGNAL)
        elif not condition.silent:
            self._tell(AudioState.LIVE)

    def _tell_beat(self, newest: AudioFeatures) -> None:
        """Tell of the tempo once a beat, and when it is found or lost."""
        passed = newest.beat_ns if newest.beat_ns <= newest.at_ns else self._beat_ns
        period_ns = 60e9 / newest.bpm if newest.bpm > 0 else 0.0
        if newest.bpm > 0 and passed - self._beat_ns > 0.5 * period_ns:
            self._beat_ns = passed
        elif not (newest.bpm == 0.0 and self._beat_ns):
            return
        else:
            self._beat_ns = 0
        self._emit(
            AudioBeat(
                at_ns=newest.at_ns,
                bpm=newest.bpm,
                beat_ns=newest.beat_ns,
                bar_ns=newest.bar_ns,
                confidence=newest.confidence,
                bar_confidence=newest.bar_confidence,
            )
        )

    def _let_go(self) -> None:
        stream, self._stream, self._analyser = self._stream, None, None
        if stream is not None:
            stream.close()

    def _clear(self) -> None:
        with self._lock:
            self._features.clear()
        if self._beat_ns:
            self._beat_ns = 0
            self._emit(AudioBeat(at_ns=self._clock.now_ns()))

    def _tell(self, state: AudioState, detail: str = "") -> None:
        told = self._told
        if told.at_ns and (state, detail, self._wanted) == (told.state, told.detail, told.name):
            return
        self._told = AudioChanged(at_ns=self._clock.now_ns(), name=self._wanted, state=state, detail=detail)
        self._emit(self._told)
