"""A card that is pulled out in the middle of a block, again and again, and comes back as another one."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from bench.audio.hostile import RATES, hostile_block, sane
from engine.audio.listening import Listening
from engine.audio.ring import SoundRing
from engine.audio.spec import AudioError, AudioInput
from engine.audio.wire import Coded, Fares, Heard, Listen, Word, read_word, word_line
from engine.clock import NS_PER_SECOND, Clock, ManualClock
from engine.messages.audio import AudioState

NAME: Final = "Card"
CHANNELS: Final = (1, 2, 4, 8, 32)
PULLED: Final = 0.004
"""Chance per block that the card goes."""

PATIENCE_NS: Final = 5 * NS_PER_SECOND
"""In so long it must be told that the card has gone, or is heard again."""

STEP_NS: Final = NS_PER_SECOND // 80


class Card:
    """The only input of a machine: an opener, and the stream that it opens."""

    def __init__(self, random: np.random.Generator) -> None:
        self._random = random
        self.plugged = True
        self.open_streams = 0
        self._become_another()

    def _become_another(self) -> None:
        self.rate = int(self._random.choice(RATES))
        self.channels = int(self._random.choice(CHANNELS))
        self.ring = SoundRing(self.rate, self.channels)

    def list(self, *, again: bool) -> tuple[AudioInput, ...]:  # noqa: ARG002
        """Return it, while it is there."""
        return (AudioInput(NAME, "test", self.channels, self.rate, False, 0),) if self.plugged else ()

    def open(self, chosen: AudioInput, clock: Clock) -> "Card":  # noqa: ARG002
        """Open it, at whatever rate it has now; now and then that fails."""
        if not self.plugged or self._random.random() < 0.1:
            raise AudioError("It cannot be opened", where=NAME)
        self._become_another()
        self.open_streams += 1
        return self

    def ended(self) -> bool:
        """Return whether it has gone."""
        return not self.plugged

    def close(self) -> None:
        """Let it go."""
        self.open_streams -= 1


@dataclass(slots=True)
class Show:
    """Listening through so many blocks: what was wrong with what it told."""

    hops: int = 0
    pulls: int = 0
    faults: list[str] = field(default_factory=list)
    states: list[AudioState] = field(default_factory=list)

    def take(self, word: Word) -> None:
        """Take in what is told, as the program would: over the wire."""
        word = read_word(word_line(word))
        match word:
            case Heard(features):
                self.hops += len(features)
                self.faults += [f"out of range: {one}" for one in features if not sane(one)]
            case Fares(state=state):
                self.states.append(state)
            case Coded() | _:
                pass


def play(random: np.random.Generator, blocks: int) -> Show:
    """Listen to so many hostile blocks from a card that is pulled out at any moment; return what was told."""
    card, clock, show = Card(random), ManualClock(10**9), Show()
    listening = Listening(card, clock, show.take)
    listening.obey(Listen(NAME))
    listening.step()
    for _ in range(blocks):
        if random.random() < PULLED and card.open_streams:
            show.pulls += 1
            _pull(card, clock, listening, show, random)
        clock.advance(STEP_NS)
        _write(card, clock, random, 1.0)
        listening.step()
    listening.close()
    if card.open_streams:
        show.faults.append(f"{card.open_streams} streams left open")
    return show


def _write(card: Card, clock: ManualClock, random: np.random.Generator, share: float) -> None:
    block = hostile_block(random)
    sound = np.zeros((len(block), card.channels), np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        sound[:] = (block if block.ndim == 1 else block[:, 0]).astype(np.float32)[:, None]
    card.ring.write(sound[: round(share * len(sound))], clock.now_ns())


def _pull(card: Card, clock: ManualClock, listening: Listening, show: Show, random: np.random.Generator) -> None:
    """The card goes with a block half written, is told to have gone, and is heard again when it is back."""
    _write(card, clock, random, random.random())
    if random.random() < 0.5:
        listening.step()
    card.plugged = False
    _wait_for(AudioState.GONE, clock, listening, show)
    for _ in range(int(random.integers(0, 200))):
        clock.advance(STEP_NS)
        listening.step()
    card.plugged = True
    until_ns = clock.now_ns() + 60 * NS_PER_SECOND  # it may refuse to be opened some times
    while not card.open_streams and clock.now_ns() < until_ns:
        clock.advance(STEP_NS)
        listening.step()
    if not card.open_streams:
        show.faults.append("a card that is back is not opened")
        return
    sound = np.sin(np.arange(card.rate // 4) / 20).astype(np.float32)[:, None].repeat(card.channels, axis=1) / 4
    begin = len(show.states)
    for _ in range(8):
        clock.advance(NS_PER_SECOND // 4)
        card.ring.write(sound, clock.now_ns())
        listening.step()
    if AudioState.LIVE not in show.states[begin - 1 :]:
        show.faults.append(f"a card that is back is told as {show.states[-1].value}")


def _wait_for(state: AudioState, clock: ManualClock, listening: Listening, show: Show) -> None:
    until_ns = clock.now_ns() + PATIENCE_NS
    while clock.now_ns() < until_ns:
        if show.states and show.states[-1] is state:
            return
        clock.advance(STEP_NS)
        listening.step()
    show.faults.append(f"told as {show.states[-1].value if show.states else 'nothing'}, not as {state.value}")
