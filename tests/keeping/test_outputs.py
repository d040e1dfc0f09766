"""Another show switches the sinks to its own, and leaves what somebody watches."""

from hypothesis import given
from hypothesis import strategies as st

from app.show.outputs import switched
from engine.messages.sinks import SinkReport

NAMES = st.sampled_from(["ndi", "display:1", "display:2", "camera", "spout", "null", "record:/a.mp4", "still"])
NOW = st.lists(
    st.builds(SinkReport, sink=NAMES, connections=st.integers(0, 2), tally=st.booleans()),
    unique_by=lambda one: one.sink,
    max_size=6,
)


@given(st.lists(NAMES.filter(lambda one: one not in ("still", "record:/a.mp4")), unique=True, max_size=4), NOW)
def test_what_is_watched_stays_and_the_rest_is_the_shows(wanted: list[str], now: list[SinkReport]) -> None:
    found = switched(wanted, now)
    on = {one.sink for one in now}
    after = (on | set(found.on)) - set(found.off)
    assert set(wanted) <= after
    assert not on & set(found.on)
    for one in now:
        watched = one.id == "ndi" and (one.tally or one.connections)
        desktop = one.id == "display" and not any(name.startswith("display") for name in wanted)
        stays = one.sink in wanted or watched or desktop or one.id in ("record", "still")
        assert (one.sink in after) == bool(stays)
        if one.sink not in wanted and one.id not in ("record", "still"):
            assert [one.sink in text for text in found.told].count(True) == 1


def test_it_is_told() -> None:
    now = [SinkReport(sink="ndi", tally=True), SinkReport(sink="display:2"), SinkReport(sink="camera")]
    assert switched(["spout"], now).told == (
        "ndi stays on: it is on air.",
        "display:2 stays on: the show names no display.",
        "Switched off, as this show does not send there: camera.",
    )
