"""How well music is heard: onsets, tempo and beat of synthesised tracks; what hearing costs; sound to picture."""

import statistics
from typing import Final

from bench.audio.score import Score, f_measure, score
from bench.audio.tracks import breaks, click_tracks, drum_loops, ramps
from bench.context import Bench
from bench.figures import Better, Figure, Goal, at_least, at_most, percentile
from bench.measures import sound_to_picture

COMMAND: Final = "hardcut bench --only audio"


def measure(bench: Bench) -> list[Figure]:
    """Hear every track once: the same sound gives the same figures. Then time sound to picture."""
    scores: list[Score] = []
    for make in (click_tracks, drum_loops, ramps, breaks):
        tracks = make()
        bench.report(f"audio: {len(tracks)} tracks of the kind {tracks[0].kind}")
        scores += [score(track) for track in tracks]
    return [*figures(scores), *sound_to_picture.measure(bench)]


def figures(scores: list[Score]) -> list[Figure]:
    """Return the figures of some tracks."""
    drums = [one for one in scores if one.kind != "clicks" and any(one.true[:3])]
    broken = [one for one in scores if one.kind == "breaks"]
    phases = [1000 * apart for one in scores for apart in one.phase_s]
    wrong = ", ".join(one.name for one in scores if one.tempo_right and not one.octave_right)
    higher = Better.HIGHER
    return [
        _figure("onsets", "onsets of drums, F-measure at ±25 ms", "", f_measure(drums, 3), at_least(0.9), 3, higher),
        _figure("kick", "of kicks alone", "", f_measure(drums, 0), None, 3, higher),
        _figure("snare", "of snares alone", "", f_measure(drums, 1), None, 3, higher),
        _figure("hat", "of hats alone", "", f_measure(drums, 2), None, 3, higher),
        _figure(
            "tempo",
            "tracks whose tempo is right within 1 % after 6 s",
            "%",
            100 * statistics.mean(one.tempo_right for one in scores),
            at_least(95),
            1,
            higher,
        ),
        _figure(
            "octave",
            "and neither double nor half",
            "%",
            100 * statistics.mean(one.octave_right for one in scores),
            at_least(85),
            1,
            higher,
            f"double or half: {wrong}" if wrong else "",
        ),
        _figure("lock", "until tempo and beat are found, 95 %", "s", percentile([one.lock_s for one in scores], 95)),
        _figure("phase", "beat to true beat once found, 95 %", "ms", percentile(phases, 95), at_most(25)),
        _figure(
            "break",
            "silences of four bars over which the beat is kept",
            "%",
            100 * statistics.mean(one.held for one in broken) if broken else 0.0,
            at_least(100),
            0,
            higher,
        ),
        _figure(
            "bar",
            "time in which the bar's first beat is right",
            "%",
            100 * statistics.mean(one.bar_right for one in scores),
            None,
            0,
            higher,
        ),
        _figure("cpu", "of a core", "%", 100 * statistics.median(one.cpu for one in scores), at_most(4)),
    ]


def _figure(
    name: str,
    label: str,
    unit: str,
    value: float,
    goal: Goal | None = None,
    digits: int = 1,
    better: Better = Better.LOWER,
    note: str = "",
) -> Figure:
    return Figure(
        id=f"audio.{name}",
        label=label,
        unit=unit,
        values=(float(value),),
        goal=goal,
        digits=digits,
        command=COMMAND,
        better=better,
        note=note,
    )
