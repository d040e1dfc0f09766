"""How sound to picture is read from what a receiver and a session saw."""

from bench.measures.sound_parts import Known, Parts, known, parts
from bench.measures.sound_to_picture import changed, from_rest
from engine.clock import NS_PER_MS
from engine.messages.audio import FEATURE_IDS, FeatureTrack
from engine.session.records import ChunkRecord, Outcome

REST, TURNED = (119.3, 125.2), (136.0, 131.0)
SEEN = [number * 33 * NS_PER_MS for number in range(40)]
STRUCK = 300 * NS_PER_MS


def test_the_first_picture_further_from_rest_counts_and_one_on_its_way_back_does_not() -> None:
    share = [0.0] * 40
    share[4:8] = (1.0, 0.8, 0.5, 0.4)
    share[8:14] = (0.35, 0.3, 0.2, 0.2, 0.1, 0.05)  # still of the kick before
    share[14:17] = (1.0, 0.6, 0.2)
    colours = [tuple(low + one * (high - low) for low, high in zip(REST, TURNED, strict=True)) for one in share]
    assert changed(STRUCK, SEEN, from_rest(colours)) == (14 * 33) - 300
    assert changed(SEEN[20], SEEN, from_rest(colours)) is None


def test_a_boundary_knows_of_a_kick_where_its_feature_rises() -> None:
    levels = [(0.0, 0.0), (0.9, 0.8), (0.4, 0.3), (0.1, 0.0), (0.0, 0.0), (0.0, 0.8)]

    def record(number: int, pair: tuple[float, float]) -> ChunkRecord:
        rows = tuple(tuple(level if name == "kick" else 0.0 for name in FEATURE_IDS) for level in pair)
        return ChunkRecord(
            number=number,
            commands=(),
            now_ns=0,
            content_ns=0,
            chunk_ns=1,
            version=0,
            epoch=0,
            scene="",
            values={},
            prompt=None,
            key=(0, 0, 0),
            begun_ns=number * 67 * NS_PER_MS,
            period_ns=33 * NS_PER_MS,
            frames=(),
            control=None,
            outcome=Outcome.MADE,
            images=(),
            sound=FeatureTrack(rows),
        )

    records = [record(number, pair) for number, pair in enumerate([*levels, (0.0, 0.0)])]
    struck = [10 * NS_PER_MS, 300 * NS_PER_MS, 500 * NS_PER_MS]
    found = known(struck, records, 100 * NS_PER_MS)
    assert found == [Known(57.0, 0.0, 67.0), Known(35.0, 33.0, 67.0), None]
    assert parts(found, [200.0, 150.0, 90.0], 20.0) == Parts(46.0 - 33.5, 33.5, 16.5, 20.0, 175.0 - 46.0 - 16.5 - 20.0)
    assert parts([None], [10.0], 20.0) is None
