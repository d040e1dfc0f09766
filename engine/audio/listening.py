"""Listening to one input: opened, analysed, and opened again when it is back. The audio process runs it."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.audio.analysis import Analyser
from engine.audio.devices import InputStream, Opener
from engine.audio.file_sound import FileSound
from engine.audio.ltc import LtcReader
from engine.audio.ndi_sound import NdiSound
from engine.audio.pace import Pace, hops_next
from engine.audio.resampler import FASTEST_RATE, SLOWEST_RATE
from engine.audio.ring import Bell
from engine.audio.spec import NONE, AudioError, AudioInput, choose
from engine.audio.wire import Coded, Fares, Found, Heard, Keep, Listen, Look, Order, UseGain, Word
from engine.clock import NS_PER_SECOND, Clock
from engine.messages.audio import AudioState

_SILENT_NS: Final = NS_PER_SECOND
"""An input that has not delivered for so long has gone."""

_RETRY_NS: Final = 2 * NS_PER_SECOND
"""How often an input that is not there is looked for."""

CODED_CHANNELS: Final = 2
"""Channels in which a timecode is looked for."""

_CODED_S: Final = 0.1
"""Sound is looked through for a timecode in stretches of this: two frames of the slowest. A reading has its instant,
however late it is told."""

_PROBED: Final = 4
"""Where there is no timecode, only every fourth stretch is looked through: mostly it is music, and it stays so."""

_LATE_NS: Final = NS_PER_SECOND // 10
"""A block's instant trembles by less."""

_CHECK_NS: Final = NS_PER_SECOND // 2
"""How often an input is asked whether it has ended."""


class Listening:
    """One thread owns it and calls step often, or whenever the bell rings.

    Args:
        tell: takes what there is to tell.
        bell: rung once there is as much sound as is analysed at once.
    """

    def __init__(self, opener: Opener, clock: Clock, tell: Callable[[Word], None], bell: Bell | None = None) -> None:
        self._opener = opener
        self._clock = clock
        self._tell = tell
        self._bell = bell or Bell()
        self._wanted = Listen(NONE)
        self._gain_db: float | None = None
        self._inputs: tuple[AudioInput, ...] = ()
        self._stream: InputStream | None = None
        self._analyser: Analyser | None = None
        self._codes: list[LtcReader | None] = []  # None: no code was read there of late
        self._stretches = 0
        self._uncoded: list[npt.NDArray[np.float32]] = []  # blocks not looked through yet
        self._uncoded_end_ns = 0
        self._opened_ns = self._checked_ns = self._retry_ns = 0
        self._told: Fares | None = None
        self._pace: Pace | None = None

    def obey(self, order: Order) -> None:
        """Carry out an order."""
        match order:
            case Listen():
                self.close()
                self._wanted, self._retry_ns = order, 0
                self._fares(AudioState.OFF if order.name == NONE else AudioState.OPENING)
            case UseGain():
                self._gain_db = order.gain_db
                if self._analyser is not None:
                    self._analyser.fix_gain(order.gain_db)
            case Look():
                self._look()
            case Keep():
                self._pace = order.pace

    def step(self) -> None:
        """Take what has come in, or try to open what is not there."""
        if self._stream is not None:
            self._listen(self._stream)
        elif self._wanted.name != NONE and self._clock.now_ns() >= self._retry_ns:
            self._open()

    def close(self) -> None:
        """Let the input go."""
        stream, self._stream, self._analyser = self._stream, None, None
        if stream is not None:
            stream.close()

    def _look(self) -> None:
        try:
            self._inputs = self._opener.list(again=self._stream is None)
        except AudioError:
            self._inputs = ()  # the state tells why once one is chosen
        self._tell(Found(tuple(dict.fromkeys(one.name for one in self._inputs))))

    def _open(self) -> None:
        self._retry_ns = self._clock.now_ns() + _RETRY_NS
        wanted = self._wanted
        try:
            stream: InputStream
            kind, _, place = wanted.spec.partition(":")
            if kind == "file":
                stream = FileSound(Path(place), wanted.began_ns, self._clock)
            elif kind == "ndi":
                stream = NdiSound(place, self._clock)
            else:
                self._inputs = self._opener.list(again=True)
                stream = self._opener.open(_chosen(wanted.name, self._inputs), self._clock)
            if not SLOWEST_RATE <= stream.rate <= FASTEST_RATE:
                stream.close()
                raise AudioError(
                    f"Its rate of {stream.rate} samples a second is not heard",
                    where=wanted.name,
                    remedy=f"Set it to {SLOWEST_RATE} to {FASTEST_RATE}.",
                )
        except AudioError as error:
            gone = self._told is not None and self._told.state is AudioState.GONE
            self._fares(AudioState.GONE if gone else AudioState.NONE, str(error))
            return
        self._stream, self._analyser = stream, Analyser(stream.rate)
        self._codes, self._stretches = [None] * CODED_CHANNELS, 0
        self._uncoded.clear()
        self._analyser.fix_gain(self._gain_db)
        self._opened_ns = self._checked_ns = self._clock.now_ns()
        self._call(stream, self._analyser)

    def _listen(self, stream: InputStream) -> None:
        assert self._analyser is not None
        block, end_ns = stream.ring.read()
        now_ns = self._clock.now_ns()
        if len(block):
            features = self._analyser.push(block, end_ns)
            if features:
                self._tell(Heard(features))
            self._read_codes(block, stream.rate, end_ns)
            self._call(stream, self._analyser)
        if self._has_gone(stream, now_ns):
            self.close()
            self._fares(AudioState.GONE, "It is heard again when it is back.")
            self._retry_ns = now_ns + _RETRY_NS
            return
        condition = self._analyser.condition
        if condition.clipping:
            self._fares(AudioState.CLIPPING, "Turn it down where it comes from.")
        elif not condition.silent:
            self._fares(AudioState.LIVE)
        elif now_ns - self._opened_ns > 2 * NS_PER_SECOND:
            self._fares(AudioState.NO_SIGNAL)

    def _call(self, stream: InputStream, analyser: Analyser) -> None:
        """Be woken once there is as much as is analysed next."""
        stream.ring.call(self._bell, analyser.needs(hops_next(analyser.heard_ns, self._pace)))

    def _read_codes(self, block: npt.NDArray[np.float32], rate: float, end_ns: int) -> None:
        """Look for a timecode in each channel: it mostly lies beside the music."""
        length_ns = round(len(block) * NS_PER_SECOND / rate)
        if self._uncoded and abs(end_ns - length_ns - self._uncoded_end_ns) > _LATE_NS:
            self._uncoded.clear()  # sound was lost between
        self._uncoded.append(block[:, :CODED_CHANNELS])
        self._uncoded_end_ns = end_ns
        count = sum(map(len, self._uncoded))
        if count < _CODED_S * rate:
            return
        gathered, start_ns = np.concatenate(self._uncoded), end_ns - round(count * NS_PER_SECOND / rate)
        self._uncoded.clear()
        probed, self._stretches = self._stretches % _PROBED == 0, self._stretches + 1
        for place, (before, sound) in enumerate(zip(self._codes, gathered.T, strict=False)):
            if before is None and not probed:
                continue
            reader = before or LtcReader()
            readings = reader.push(sound, rate, start_ns)
            # One stretch without a reading is a drop-out, and the reader bridges it; at the next probe it begins anew.
            self._codes[place] = reader if readings or (before is not None and not probed) else None
            if readings:
                self._tell(Coded(place + 1, readings))

    def _has_gone(self, stream: InputStream, now_ns: int) -> bool:
        if now_ns - max(stream.ring.newest_ns, self._opened_ns) > _SILENT_NS:
            return True
        if now_ns - self._checked_ns < _CHECK_NS:
            return False
        self._checked_ns = now_ns
        return stream.ended()

    def _fares(self, state: AudioState, detail: str = "") -> None:
        word = Fares(self._wanted.name, state, detail)
        if word != self._told:
            self._told = word
            self._tell(word)


def _chosen(name: str, inputs: tuple[AudioInput, ...]) -> AudioInput:
    chosen = choose(name, inputs)
    if chosen is None:
        there = f"There are: {', '.join(one.name for one in inputs)}." if inputs else "There is no sound input."
        raise AudioError("No sound input has this name", where=name, remedy=there)
    return chosen
