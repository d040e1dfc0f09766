"""How sound to picture is read from what a receiver and a session saw."""

from bench.measures.sound_to_picture import changed, from_rest, until_known
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
    levels = [0.0, 0.9, 0.4, 0.1, 0.0, 0.8]

    def record(number: int, level: float) -> ChunkRecord:
        row = tuple(level if name == "kick" else 0.0 for name in FEATURE_IDS)
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
            period_ns=1,
            frames=(),
            control=None,
            outcome=Outcome.MADE,
            images=(),
            sound=FeatureTrack((row,)),
        )

    records = [record(number, level) for number, level in enumerate(levels)]
    assert list(until_known([10 * NS_PER_MS, 300 * NS_PER_MS], records)) == [57.0, 35.0]
