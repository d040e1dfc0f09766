"""What repeats is told seldom, what floods is counted."""

from engine.clock import NS_PER_SECOND
from engine.repeats import REMEMBERED, REPEAT_NS, Flood, Repeats


def test_a_sentence_is_told_again_after_a_while() -> None:
    repeats = Repeats()
    assert [repeats.worth_telling("a", second * NS_PER_SECOND) for second in range(3)] == [True, False, False]
    assert repeats.worth_telling("b", 0)
    assert repeats.worth_telling("a", REPEAT_NS)
    repeats.forget()
    assert repeats.worth_telling("a", REPEAT_NS)


def test_no_more_is_remembered_than_there_is_room_for() -> None:
    repeats = Repeats()
    for number in range(REMEMBERED + 1):
        repeats.worth_telling(str(number), 0)
    assert repeats.worth_telling("0", 1)
    assert not repeats.worth_telling(str(REMEMBERED), 1)


def test_a_flood_is_counted_and_a_hand_is_not_stopped() -> None:
    flood = Flood(20)
    assert sum(flood.admit(number * 1000) for number in range(5000)) == 20
    assert flood.held_back() == 4980
    assert flood.held_back() == 0
    assert all(flood.admit(NS_PER_SECOND + number * NS_PER_SECOND // 10) for number in range(100))
