"""What is heard of a Link session and what is said to it, and that the two do not echo."""

from app.control.clock_settings import LinkMode
from app.link.service import LinkState
from app.link.talk import LinkTalk, Pull, SessionTime
from engine.clock import NS_PER_SECOND
from engine.messages.commands import Command, ExternalBeat, Origin, Resync
from engine.messages.events import TempoChanged

BEAT_NS = NS_PER_SECOND // 2


def at(beats: float, beat: float, bpm: float = 120.0, peers: int = 1) -> SessionTime:
    """So many of our beats after zero the session stands at a beat."""
    return SessionTime(round(beats * BEAT_NS), bpm, beat, peers)


def tempo(bpm: float, bar_ns: int) -> TempoChanged:
    return TempoChanged(at_ns=0, bpm=bpm, beat_ns=bar_ns)


def heard(bpm: float, beat_ns: int, stamp_ns: int) -> ExternalBeat:
    return ExternalBeat(bpm=bpm, beat_ns=beat_ns, stamp_ns=stamp_ns, origin=Origin.LINK)


def resync(bar_ns: int) -> Command:
    return Resync(stamp_ns=bar_ns, origin=Origin.LINK)


def test_alone_nothing_is_heard_and_the_first_peer_brings_tempo_and_bar() -> None:
    talk = LinkTalk()
    assert talk.hear(at(1, 1.0, peers=0)) == ()
    assert talk.hear(at(2, 6.5)) == (heard(120.0, round(1.5 * BEAT_NS), 2 * BEAT_NS), resync(-BEAT_NS // 2))
    assert talk.hear(at(3, 7.5)) == ()
    assert talk.hear(at(4, 8.504)) == ()  # 2 ms: the wire


def test_a_new_tempo_is_told_and_a_bar_that_begins_elsewhere() -> None:
    talk = LinkTalk()
    talk.hear(at(0, 0.0))
    assert [type(one) for one in talk.hear(at(0.04, 0.04, bpm=140.0))] == [ExternalBeat]
    assert talk.hear(SessionTime(2 * BEAT_NS, 140.0, 3.0 + 0.0, 1))[-1:] == (
        resync(round(2 * BEAT_NS - 3 * 60 * NS_PER_SECOND / 140)),
    )


def test_tempos_that_the_engine_does_not_take_are_left_alone() -> None:
    assert LinkTalk().hear(at(0, 0.0, bpm=400.0)) == ()


def test_what_came_from_the_session_does_not_go_back_and_taps_do() -> None:
    talk = LinkTalk()
    talk.hear(at(0, 1.0))
    assert talk.say(tempo(120.0, -BEAT_NS), at(1, 2.0)) is None  # the tempo
    assert talk.say(tempo(120.0, -BEAT_NS), at(1, 2.0)) is None  # the bar
    assert talk.say(tempo(120.0, -BEAT_NS), at(1, 2.0)) == Pull(120.0, None)  # it stands there already
    assert talk.say(tempo(100.0, BEAT_NS), at(1, 2.0)) == Pull(100.0, 0.0)  # a tap: the bar begins now
    assert talk.hear(at(1, 0.0, bpm=100.0)) == ()


def test_the_nearest_place_in_the_bar_is_pulled_to() -> None:
    pull = LinkTalk().say(tempo(120.0, 0), at(1, 4000.75, peers=0))
    assert pull == Pull(120.0, 4001.0)


def test_the_state_in_words() -> None:
    assert LinkState().sentence == "Ableton Link is off."
    assert LinkState(LinkMode.FOLLOW, 0, 120.0).sentence == "Ableton Link: nobody else is in the session, 120.0 bpm."
    joined = "Ableton Link: 2 others, 99.5 bpm; our taps set its tempo."
    assert LinkState(LinkMode.JOIN, 2, 99.5).sentence == joined
