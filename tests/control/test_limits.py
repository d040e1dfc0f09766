"""What controllers can reach is what the engine takes."""

from app.control import limits
from engine.messages.transitions import Launch
from engine.scheduling import live, tempo


def test_limits_are_the_engines() -> None:
    assert limits.SNAPSHOTS == live.SNAPSHOT_SLOTS
    assert (limits.SLOWEST_BPM, limits.FASTEST_BPM) == (tempo.SLOWEST_BPM, tempo.FASTEST_BPM)
    assert set(limits.LAUNCHES) == set(Launch)
