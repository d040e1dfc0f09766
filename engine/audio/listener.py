"""The program's end of the audio process: starts it, tells it what to hear, keeps the newest features."""

import contextlib
import logging
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from engine.audio.pace import PaceWatch
from engine.audio.spec import NONE, SOUNDING, SOURCE
from engine.audio.track import resample, split
from engine.audio.wire import (
    Coded,
    Fares,
    Found,
    Heard,
    Keep,
    Listen,
    Look,
    Order,
    UseGain,
    Word,
    order_line,
    read_word,
)
from engine.backoff import Backoff
from engine.clock import NS_PER_SECOND, Clock
from engine.ending import joined
from engine.messages.audio import NO_SOUND, AudioFeatures, AudioState, FeatureTrack
from engine.messages.audio_events import AudioBeat, AudioChanged, TimecodeHeard
from engine.messages.commands import Command
from engine.messages.events import Event, SourceChanged, SourceState
from engine.messages.input_commands import SeekSource, SelectAudio, SetAudioGain

_LOG = logging.getLogger(__name__)

_KEPT: Final = 512
"""Features remembered: five seconds, more than any chunk is long."""

_LONGEST_STRETCH_NS: Final = NS_PER_SECOND
"""A track tells of so much time at most: what came before is old news."""

_LOOK_PATIENCE_S: Final = 5.0
"""How long the list of inputs is waited for: drivers that do not answer are left out of it."""

PATIENCE_NS: Final = 15 * NS_PER_SECOND
"""It gives a sign every second; only to start, and to open some drivers, it takes longer."""

_LOOKS: Final = 10
"""How often it is looked after in that time."""

_END_S: Final = 3.0
"""How long it may take to end; then it is killed."""


class AudioListener:
    """Listens to one input. Any thread may call apply, hear, newest and input_names; its owner close.

    Nothing is started before something is to be heard.

    Args:
        emit: hears each change of state, and each beat.
        patience_ns: for how long the process may give no sign.
    """

    def __init__(self, clock: Clock, emit: Callable[[Event], None], *, patience_ns: int = PATIENCE_NS) -> None:
        self._clock = clock
        self._emit = emit
        self._lock = threading.Lock()
        self._features: deque[AudioFeatures] = deque(maxlen=_KEPT)
        self._told_ns = 0  # the chunk loop's own
        self._pace = PaceWatch()
        self._wanted = NONE
        self._gain_db: float | None = None
        self._playing = ""
        self._position_ns = 0
        self._patience_ns = patience_ns
        self._backoff = Backoff()  # the reading thread's own
        self._heard = 0  # written by the reading thread alone
        self._silent = False
        self._process: subprocess.Popen[bytes] | None = None
        self._threads: tuple[threading.Thread, ...] = ()
        self._ending = threading.Event()
        self._names: tuple[str, ...] = ()
        self._looked = threading.Event()
        self._beat_ns = 0  # the reading thread's own

    def apply(self, command: Command) -> bool:
        """Take a command if it is about sound alone; False if others want it too."""
        match command:
            case SelectAudio():
                with self._lock:
                    self._wanted = command.name
                    self._listen()
                return True
            case SetAudioGain():
                with self._lock:
                    self._gain_db = command.gain_db
                    self._send(UseGain(command.gain_db))
                return True
            case SeekSource():
                with self._lock:
                    self._position_ns = self._clock.now_ns() - round(command.seconds * NS_PER_SECOND)
                    self._listen(source=True)
        return False

    def hear(self, event: Event) -> None:
        """Take in what plays; from any thread, returns at once."""
        if isinstance(event, SourceChanged) and event.state is SourceState.LIVE:
            with self._lock:
                if event.spec != self._playing:
                    self._playing, self._position_ns = event.spec, event.at_ns
                    self._listen(source=True)

    def newest(self) -> AudioFeatures | None:
        """Return the newest features; None where nothing is heard."""
        with self._lock:
            return self._features[-1] if self._features else None

    def input_names(self) -> tuple[str, ...]:
        """Return the names of all inputs; while one is heard, of those there were when it was opened. Takes a while."""
        self._looked.clear()
        with self._lock:
            self._start()
            self._send(Look())
        self._looked.wait(_LOOK_PATIENCE_S)
        return self._names

    def track(self, now_ns: int, shown_ns: Sequence[int]) -> FeatureTrack:
        """Return what was heard since the track before, for each frame of a chunk. For the chunk loop alone.

        Args:
            shown_ns: when each frame will be seen.
        """
        with self._lock:
            if not self._features or now_ns - self._features[-1].at_ns > _LONGEST_STRETCH_NS:
                return NO_SOUND
            begin_ns = max(self._told_ns, now_ns - _LONGEST_STRETCH_NS)
            features = [one for one in self._features if one.at_ns > begin_ns] or [self._features[-1]]
            pace = self._pace.passed(now_ns)
            if pace is not None:  # the process tells, so it reads too: this is not waited for
                self._send(Keep(pace))
        self._told_ns = max(begin_ns, features[-1].at_ns)
        return resample(features, split(begin_ns, self._told_ns, len(shown_ns)), shown_ns)

    def close(self) -> None:
        """End the process."""
        self._ending.set()
        with self._lock:
            process, threads = self._process, self._threads
        if process is not None and process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()
            _end(process)
        for thread in threads:
            joined(thread, 3 * _END_S)

    # -- under the lock -------------------------------------------------------------------------

    def _listen(self, *, source: bool = False) -> None:
        """Say what is wanted; source: only if it is the source's sound."""
        if source and self._wanted != SOURCE:
            return
        if self._wanted == NONE and self._process is None:
            return
        self._features.clear()
        self._pace.forget()
        self._start()
        self._send(UseGain(self._gain_db))
        self._send(self._order())

    def _order(self) -> Listen:
        if self._wanted != SOURCE:
            return Listen(self._wanted)
        if self._playing.partition(":")[0] in SOUNDING:
            return Listen(SOURCE, self._playing, self._position_ns)
        return Listen(NONE)  # nothing to listen to until another plays

    def _send(self, order: Order) -> None:
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(OSError, ValueError):  # it has ended: the reading thread starts another
                self._process.stdin.write(order_line(order))

    def _start(self) -> None:
        if not self._threads and not self._ending.is_set():
            with contextlib.suppress(OSError):  # the thread tries again, and tells
                self._process = _popen()
            self._threads = tuple(
                threading.Thread(target=run, name=name, daemon=True)
                for run, name in ((self._run, "hardcut-audio"), (self._watch, "hardcut-audio-watch"))
            )
            for thread in self._threads:
                thread.start()

    # -- the threads ----------------------------------------------------------------------------

    def _run(self) -> None:
        """Read what the process tells; start it again whenever it ends or cannot be had, until the end."""
        while not self._ending.is_set():
            began_ns, self._silent = self._clock.now_ns(), False
            text = "Listening broke off; it is started again."
            try:
                self._begin()
                self._read()
                if self._silent:
                    text = f"Listening gave no sign for {self._patience_ns / NS_PER_SECOND:g} s; it is started again."
            except BaseException as error:  # noqa: BLE001 - the top of the thread, and it reports
                text = f"Listening has failed: {error!r}. It is started again."
            try:
                self._drop()
                if not self._ending.is_set():
                    self._tell(Fares(self._wanted, AudioState.GONE, text))
            except BaseException:  # noqa: BLE001 - reported here; it is started again all the same
                _LOG.exception("%s", text)
            self._ending.wait(self._backoff.pause_ns(self._clock.now_ns() - began_ns) / NS_PER_SECOND)

    def _watch(self) -> None:
        """End a process that gives no sign: one that was stopped, or hangs in a driver."""
        process, heard, looks = self._process, self._heard, 0
        while not self._ending.wait(self._patience_ns / _LOOKS / NS_PER_SECOND):
            before, process, heard = (process, heard), self._process, self._heard
            looks = looks + 1 if (process, heard) == before else 0  # not by the clock: this one may have been stopped
            if process is not None and looks >= _LOOKS:
                looks, self._silent = 0, True
                with contextlib.suppress(OSError):  # it has just ended by itself
                    process.kill()

    def _begin(self) -> None:
        """Start the process, unless it was started already."""
        with self._lock:
            if self._process is None and not self._ending.is_set():
                self._process = _popen()
                self._listen()

    def _read(self) -> None:
        """Read what the process tells until it ends."""
        with self._lock:
            process = self._process
        if process is None:
            return  # it is not to be started any more
        assert process.stdout is not None
        # The pipes have no buffers, so that an order goes at once; lines read from one would cost a call for each byte.
        with open(process.stdout.fileno(), "rb", closefd=False) as lines:
            try:
                for line in lines:
                    self._heard += 1
                    self._take(read_word(line))
            except ValueError:  # a driver has written over its words
                process.kill()

    def _drop(self) -> None:
        """Let the process go, ended by itself or by us."""
        with self._lock:
            process, self._process = self._process, None
        self._clear()
        if process is None:
            return
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(OSError):
            process.stdin.close()
        _end(process)
        process.stdout.close()

    def _take(self, word: Word) -> None:
        match word:
            case Heard(features):
                with self._lock:
                    self._features.extend(features)
                self._tell_beat(features[-1])
            case Fares():
                if word.state not in (AudioState.LIVE, AudioState.CLIPPING):
                    self._clear()
                self._tell(word)
            case Coded(channel, readings):
                for reading in readings:
                    name = f"{self._wanted}, channel {channel}"
                    self._emit(TimecodeHeard(at_ns=reading.at_ns, name=name, reading=reading))
            case Found(names):
                self._names = names
                self._looked.set()

    def _tell(self, word: Fares) -> None:
        name = self._wanted
        self._emit(AudioChanged(at_ns=self._clock.now_ns(), name=name, state=word.state, detail=word.detail))

    def _clear(self) -> None:
        with self._lock:
            self._features.clear()
        if self._beat_ns:
            self._beat_ns = 0
            self._emit(AudioBeat(at_ns=self._clock.now_ns()))

    def _tell_beat(self, newest: AudioFeatures) -> None:
        """Tell of the tempo once a beat, and when it is lost."""
        if newest.bpm <= 0.0:
            if self._beat_ns:
                self._beat_ns = 0
                self._emit(AudioBeat(at_ns=newest.at_ns, confidence=newest.confidence))
            return
        if newest.at_ns - self._beat_ns < 60e9 / newest.bpm:
            return
        self._beat_ns = newest.at_ns
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


def _end(process: subprocess.Popen[bytes]) -> None:
    """Wait for a process that was told to end; kill it where it does not."""
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):  # it hangs in a driver of the system
            process.wait(_END_S)


def _popen() -> subprocess.Popen[bytes]:
    root = str(Path(__file__).resolve().parents[2])
    environment = dict(os.environ)
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (root, environment.get("PYTHONPATH"))))
    environment["OPENBLAS_NUM_THREADS"] = environment["OMP_NUM_THREADS"] = "1"  # small products
    return subprocess.Popen(
        [sys.executable, "-m", "engine.audio.host"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        env=environment,
    )
