"""What flashes too fast is softened, whatever it is; nothing else is touched."""

from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.clock import NS_PER_SECOND
from engine.messages.frame import RgbxImage
from engine.output.client import OutputClient
from engine.output.programme import Programme
from engine.output.strobe_guard import CHANGE, StrobeGuard
from tests.output.parts import connect, flat, frame, when

PERIOD_NS = 33_333_333


class Output:
    """A programme behind the guard, one output frame after another."""

    def __init__(self, period_ns: int = PERIOD_NS) -> None:
        self.programme = Programme()
        self.guard = StrobeGuard(self.programme)
        self.now_ns = NS_PER_SECOND
        self.period_ns = period_ns
        self.seen: list[tuple[int, float]] = []

    def show(
        self, picture: RgbxImage | None = None, *, blackout: bool = False, level: float = 1.0, allowed: bool = False
    ) -> RgbxImage:
        self.programme.control(freeze=False, blackout=blackout, level=level)
        if picture is not None:
            self.programme.put(picture)
        self.guard.look(self.now_ns, allowed=allowed)
        out = np.empty((448, 448, 4), np.uint8)
        self.guard.render(out)
        self.seen.append((self.now_ns, luminance(out)))
        self.now_ns += self.period_ns
        return out


def luminance(image: RgbxImage) -> float:
    """Mean relative luminance by WCAG's formula; the pictures are flat."""
    level = image[::56, ::56, :3].astype(np.float64) / 255
    linear = np.where(level <= 0.03928, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
    return float((linear @ np.array([0.2126, 0.7152, 0.0722])).mean())


def most_changes(seen: Sequence[tuple[int, float]]) -> int:
    """The most opposing changes of CHANGE or more in any second, found by looking for the longest zigzag in each."""
    most = 0
    for begin, (begin_ns, _) in enumerate(seen):
        low = high = seen[begin][1]
        way = changes = 0
        for at_ns, level in seen[begin:]:
            if at_ns - begin_ns >= NS_PER_SECOND:
                break
            low, high = min(low, level), max(high, level)
            if way <= 0 and level - low >= CHANGE:
                way, changes, low, high = 1, changes + 1, level, level
            elif way >= 0 and high - level >= CHANGE:
                way, changes, low, high = -1, changes + 1, level, level
        most = max(most, changes)
    return most


WHITE, BLACK = flat(255, 255, 255), flat(0, 0, 0)


def test_a_strobe_becomes_an_even_light() -> None:
    output = Output()
    for number in range(240):
        output.show((WHITE, BLACK)[number // 2 % 2])
    assert most_changes(output.seen) <= 6
    late = [level for _, level in output.seen[150:]]
    assert max(late) - min(late) < 0.1 and 0.3 < sum(late) / len(late) < 0.7
    assert output.guard.softened > 200


def test_the_picture_is_exact_again_soon_after() -> None:
    output = Output()
    for number in range(60):
        output.show((WHITE, BLACK)[number % 2])
    picture = flat(90, 120, 30)
    shown = [output.show(picture) for _ in range(90)]
    assert (shown[-1] == picture).all()
    before = output.guard.softened
    output.show(picture)
    assert output.guard.softened == before


def test_hands_on_blackout_are_softened_too_and_end_in_black() -> None:
    output = Output()
    output.show(WHITE)
    for number in range(60):
        output.show(blackout=number // 3 % 2 == 0)
    assert most_changes(output.seen) <= 6 and output.guard.softened
    for _ in range(90):
        last = output.show(blackout=True)
    assert (last[..., :3] == 0).all()


def test_a_performer_may_let_it_flash() -> None:
    output = Output()
    for number in range(60):
        picture = (WHITE, BLACK)[number % 2]
        assert (output.show(picture, allowed=True) == picture).all()
    assert not output.guard.softened


def test_cuts_at_a_normal_pace_pass_untouched() -> None:
    output = Output()
    pictures = [flat(200, 180, 160), flat(10, 10, 20), flat(90, 200, 90), flat(0, 0, 0)]
    for number in range(240):
        picture = pictures[number // 11 % 4]  # one cut every 0.37 s: at 160 BPM one on every beat
        assert (output.show(picture) == picture).all()
    assert not output.guard.softened


def test_the_first_cuts_of_a_burst_pass_untouched() -> None:
    output = Output()
    for number in range(14):
        picture = (BLACK, WHITE)[number // 2 % 2]
        assert (output.show(picture) == picture).all()


levels = st.integers(0, 255)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(levels, st.integers(1, 12), st.booleans(), st.floats(0, 1)), min_size=2, max_size=14),
    st.sampled_from([16_683_333, 33_333_333, 41_666_667]),
)
def test_whatever_comes_there_are_no_more_than_three_flashes_a_second(
    play: Sequence[tuple[int, int, bool, float]], period_ns: int
) -> None:
    output = Output(period_ns)
    for number in range(2 if len(play) < 8 else 1):
        for level, frames, blackout, gain in play:
            picture = flat(level, (level * 7 + number) % 256, 255 - level)
            for _ in range(frames):
                output.show(picture, blackout=blackout, level=gain)
    assert most_changes(output.seen) <= 6


def test_the_output_process_softens_counts_and_obeys() -> None:
    client: OutputClient = connect()
    try:
        for number in range(40):
            when(client, lambda _status: client.free_slots() > 2, "room")
            client.publish_chunk([frame((WHITE, BLACK)[number % 2], chunk=number)])
        status = when(client, lambda status: status.softened > 5, "a softened flash")
        client.steering.set_strobe(True)
        for number in range(20):
            when(client, lambda _status: client.free_slots() > 2, "room")
            client.publish_chunk([frame((WHITE, BLACK)[number % 2], chunk=40 + number)])
        last = when(client, lambda now: now.shown >= status.shown + 20, "the flashes")
        assert last.softened < status.softened + 20
    finally:
        client.close()
