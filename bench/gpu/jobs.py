"""What is run on a GPU: every figure of docs/figures.md that needs one, each by its command."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.folders import models_folder
from engine.generators.wan.card_library import load_cards

LONG_S: Final = 1500.0
"""The most that a job may take before it is ended and told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One command.

    Attributes:
        id: in file names; what: for people.
        arguments: behind `hardcut`, or behind python where `python` is set.
        wanted: the least of a figure, by its name in the command's JSON: "bare.fps", "headless.pipeline_fps"; allowed:
            the most of one.
        gpus: that it needs.
        limit_s: after which it is ended and told.
        json: whether the command takes `--json FILE`.
        well: exit statuses with which it has done its work.
    """

    id: str
    what: str
    arguments: tuple[str, ...]
    wanted: tuple[tuple[str, float], ...] = ()
    allowed: tuple[tuple[str, float], ...] = ()
    gpus: int = 1
    limit_s: float = LONG_S
    json: bool = True
    python: bool = False
    well: tuple[int, ...] = (0,)

    def command(self, folder: Path) -> str:
        """Return the command as anyone can type it."""
        start = "python" if self.python else "hardcut"
        return " ".join((start, *self.arguments, *(("--json", str(self.json_file(folder))) if self.json else ())))

    def json_file(self, folder: Path) -> Path:
        """Where its JSON goes."""
        return folder / f"{self.id}.json"


_BARE: Final = (
    # model, other options, what for people, the least FPS of the bare model and of the program's generator
    ("wan-14b", ("--precision", "fp8", "--recipe", "self-forcing", "--window", "6"), "14B fp8, window 6", 33.0, 26.0),
    (
        "wan-14b",
        ("--precision", "fp8", "--recipe", "self-forcing", "--window", "6", "--vace"),
        "with depth",
        23.0,
        26.0,
    ),
    ("wan-14b", ("--precision", "fp8", "--recipe", "self-forcing", "--window", "21"), "14B fp8, window 21", 20.0, 0.0),
    ("wan-14b", ("--precision", "fp8", "--decoder", "wan"), "14B fp8, Krea's context, full VAE", 24.0, 0.0),
    ("wan-14b", ("--precision", "bf16", "--recipe", "self-forcing", "--window", "6"), "14B bf16, window 6", 20.0, 0.0),
    ("wan-14b", ("--precision", "fp8", "--recipe", "streamdiffusion-v2"), "14B, StreamDiffusionV2", 0.0, 0.0),
    ("wan-1.3b", ("--precision", "fp8"), "1.3B fp8, LongLive", 120.0, 100.0),
    ("wan-1.3b", ("--precision", "fp8", "--vace"), "depth", 100.0, 100.0),
    ("wan-1.3b", ("--precision", "bf16"), "1.3B bf16, LongLive", 120.0, 80.0),
    ("wan-1.3b", ("--precision", "fp8", "--recipe", "causal-forcing-framewise"), "1.3B by frames, 2 steps", 0.0, 0.0),
    (
        "wan-1.3b",
        ("--precision", "fp8", "--recipe", "causal-forcing-framewise", "--steps", "1"),
        "1.3B by frames, 1 step",
        0.0,
        0.0,
    ),
    ("wan-1.3b", ("--precision", "fp8", "--recipe", "streamdiffusion-v2"), "1.3B, StreamDiffusionV2", 0.0, 0.0),
    ("wan-1.3b", ("--precision", "fp8", "--recipe", "self-forcing"), "1.3B, window 21", 0.0, 0.0),
)

_WHOLE: Final = (
    # model, other options, output's rate, the least FPS of the pipeline, the most ms of an unarmed cut: a chunk and 80
    ("wan-14b", ("--precision", "fp8", "--recipe", "self-forcing", "--window", "6"), "30", 26.0, 500.0),
    ("wan-1.3b-longlive", ("--precision", "fp8"), "60", 59.0, 190.0),
    ("wan-1.3b-causal-2-step", ("--precision", "fp8"), "60", 59.0, 130.0),
)

_PLAYED: Final = {
    # model: the most ms of a turned knob, p50: a chunk and a half, and 80; seconds of window slides at full speed
    "wan-14b": (710.0, 600),
    "wan-1.3b-longlive": (380.0, 1080),
    "wan-1.3b-causal-2-step": (180.0, 600),
}
"""An hour at 30 FPS has 9,000 slides of 12 frames: 1.3B makes them in 17 minutes. The others tell their count."""

_STARTS_S: Final = 420.0
"""First starts of a model: weights drawn, kernels compiled, graphs recorded; two or three of them."""


_SF: Final = ("--precision", "fp8", "--recipe", "self-forcing", "--window")

SHARED: Final = (2, 4, 8)
"""Numbers of GPUs that share a model."""

_SHARED: Final[tuple[tuple[str, tuple[str, ...], str, Mapping[int, float]], ...]] = (
    # model, other options, what for people, the least FPS by number of GPUs
    ("wan-14b", (*_SF, "6"), "14B fp8, window 6", {2: 55.0, 4: 95.0}),
    ("wan-14b", (*_SF, "6", "--vace"), "14B fp8, window 6, with depth", {2: 45.0, 4: 80.0}),
    ("wan-14b", (*_SF, "6", "--no-graphs"), "14B fp8, window 6, plain launches", {}),
    ("wan-14b", (*_SF, "21"), "14B fp8, window 21", {}),
    ("wan-14b", ("--precision", "fp8", "--recipe", "streamdiffusion-v2"), "14B fp8, StreamDiffusionV2", {}),
    ("wan-1.3b", ("--precision", "fp8"), "1.3B fp8, LongLive", {}),
)


def shared_jobs(chunks: int = 20) -> tuple[Job, ...]:
    """What several GPUs make together, for each number of them that divides the large model's heads."""
    jobs: list[Job] = []
    for count in SHARED:
        jobs += [
            Job(
                id=f"shared-{count}-{number:02}",
                what=f"{what}, {count} GPUs",
                arguments=(
                    *("bench", "--generator", model, "--random-weights", "--chunks", str(chunks), *options),
                    *("--gpus", str(count)),
                ),
                wanted=(("bare.fps", wanted[count]),) if count in wanted else (),
                gpus=count,
            )
            for number, (model, options, what, wanted) in enumerate(_SHARED, start=1)
        ]
        jobs.append(
            Job(
                id=f"shared-{count}-ranks",
                what=f"14B on {count} GPUs: one process killed, and stopped",
                arguments=(
                    *("bench", "--only", "ranks", "--generator", "wan-14b", "--random-weights", *_SF, "6"),
                    *("--gpus", str(count), "--seconds", "30", "--repeats", "1"),
                ),
                wanted=(("ranks.killed.before", 29.0),),
                allowed=(("ranks.killed.still", 10.0), ("ranks.stopped.still", 10.0), ("ranks.killed.lagged", 0.0)),
                gpus=count,
            )
        )
        jobs.append(
            Job(
                id=f"shared-{count}-whole",
                what=f"14B: the whole program, {count} GPUs",
                arguments=(
                    *("bench", "--only", "headless,arming", "--generator", "wan-14b", "--random-weights", *_SF, "6"),
                    *("--gpus", str(count), "--seconds", "20", "--repeats", "1"),
                ),
                wanted=(("headless.pipeline_fps", 29.0),),
                gpus=count,
            )
        )
    return tuple(jobs)


def played_jobs(model: str, options: tuple[str, ...], rate: str) -> tuple[Job, ...]:
    """What is measured of a running model: its changes, the engine around it, and itself for long."""
    knob_ms, slides_s = _PLAYED[model]
    named = ("--generator", model, "--random-weights", *options, "--repeats", "1")
    return (
        Job(
            id=f"changes-{model}",
            what=f"{model}: knob, prompt, LoRA, soft and hard cut to the output at {rate}",
            arguments=("bench", "--only", "knob,changes", *named, "--fps", rate, "--seconds", "60"),
            allowed=(
                *(("knob.p50", knob_ms), ("changes.knob.first.p50", knob_ms), ("changes.prompt.first.p50", knob_ms)),
                *(("changes.prompt.cost", 5.0), ("changes.style.cost", 5.0), ("changes.missed", 0.0)),
            ),
            limit_s=_STARTS_S + 900.0,
        ),
        Job(
            id=f"loop-{model}",
            what=f"{model}: the whole show, the model alone and bare, by turns",
            arguments=("bench", "--only", "loop", *named, "--seconds", "60"),
            wanted=(("loop.share", 0.95), ("loop.share_of_bare", 0.95)),
            limit_s=_STARTS_S + 300.0,
        ),
        Job(
            id=f"model-{model}",
            what=f"{model}: window slides for {slides_s} s, memory, transfers and power",
            arguments=("bench", "--only", "model", *named, "--seconds", str(slides_s)),
            allowed=(
                ("model.growth.allocated", 0.5),
                ("model.growth.reserved", 1.0),
                ("model.growth.resident", 5.0),
            ),
            limit_s=_STARTS_S + slides_s,
        ),
    )


def full_jobs(chunks: int = 20) -> tuple[Job, ...]:
    """Every job: what each model makes, alone and shared by several GPUs, what the program makes of it, and what
    becomes of weights that are here."""
    jobs = [
        Job(
            id=f"bare-{number:02}",
            what=f"{model}, {what}",
            arguments=("bench", "--generator", model, "--random-weights", "--chunks", str(chunks), *options),
            wanted=(
                *((key, fps) for key, fps in (("bare.fps", bare), ("program.fps", program)) if fps),
                *((("program.share", 0.95),) if "--vace" in options else ()),
            ),
        )
        for number, (model, options, what, bare, program) in enumerate(_BARE, start=1)
    ]
    jobs += [
        Job(
            id=f"whole-{model}",
            what=f"{model}: the whole program at {rate}",
            arguments=(
                *("bench", "--only", "headless,cut,arming", "--generator", model, "--random-weights"),
                *(*options, "--fps", rate, "--seconds", "30", "--repeats", "1"),
            ),
            wanted=(("headless.pipeline_fps", fps),),
            allowed=(
                *(("headless.lagged", 0.0), ("headless.first_frame", 25.0)),
                *(("arming.cut.armed", 40.0), ("arming.cut.not_armed", unarmed_ms)),
            ),
        )
        for model, options, rate, fps, unarmed_ms in _WHOLE
    ]
    for model, options, rate, _, _ in _WHOLE:
        jobs += played_jobs(model, options, rate)
    jobs += shared_jobs(chunks)
    jobs += [_AUDIT, _DEPTH, _PRODUCTS]
    here = [one for one in load_cards().cards.values() if one.files and not one.missing(models_folder())]
    jobs += [
        Job(
            id=f"audition-{card.name}",
            what=f"{card.name}: 2,000 chunks of its own weights",
            arguments=("models", "audition", card.name, "--to", f"audition-{card.name}.svg"),
            json=False,
        )
        for card in here
    ]
    return (*jobs, _TESTS, _DOCTOR)


def rehearsed_jobs() -> tuple[Job, ...]:
    """The same kinds with the tiny model, in seconds; the one that plays shows takes some minutes."""
    tiny = ("--generator", "wan-tiny", "--random-weights")
    return (
        Job(id="bare-tiny", what="wan-tiny: bare", arguments=("bench", *tiny, "--chunks", "2", "--anyway")),
        Job(
            id="bare-tiny-framewise",
            what="wan-tiny by frames",
            arguments=(
                *("bench", *tiny, "--chunks", "2", "--anyway"),
                *("--recipe", "causal-forcing-framewise", "--window", "8"),
            ),
        ),
        Job(
            id="whole-tiny",
            what="wan-tiny: the whole program",
            arguments=("bench", "--only", "headless", "--seconds", "2", "--repeats", "1", "--anyway", *tiny[:2]),
            wanted=(("headless.pipeline_fps", 1.0),),
        ),
        Job(
            id="played-tiny",
            what="wan-tiny: changed in a show, beside a show, and alone",
            arguments=(
                *("bench", "--only", "knob,changes,loop,model", "--seconds", "5", "--repeats", "1", "--anyway"),
                *(*tiny, "--fps", "12"),
            ),
            wanted=(("loop.show", 1.0), ("model.slides", 2.0)),
        ),
        Job(
            id="audition-tiny",
            what="wan-tiny: two chunks",
            arguments=("models", "audition", "wan-tiny", "--chunks", "2", "--to", "audition-wan-tiny.svg"),
            json=False,
        ),
        Job(
            id="depth-tiny",
            what="learned depth, tiny, beside wan-tiny",
            arguments=(
                *_PROBE,
                "--tiny",
                "--plain",
                "--frames",
                "5",
                "--beside",
                "wan-tiny",
                "--chunks",
                "1",
                "--turns",
                "1",
            ),
            python=True,
        ),
        _DOCTOR,
    )


_PROBE: Final = ("-m", "bench.probes.learned_depth")

_DEPTH: Final = Job(
    id="depth",
    what="learned depth, alone and beside 14B fp8, window 6",
    arguments=(*_PROBE, "--plain", "--beside", "wan-14b"),
    python=True,
)

_PRODUCTS: Final = Job(
    id="products",
    what="products in fp8, halved and whole tiles and torch's, µs",
    arguments=("-m", "bench.probes.products"),
    python=True,
)

_AUDIT: Final = Job(
    id="audit",
    what="transfers, waits and copies of a chunk",
    arguments=("bench", "--generator", "wan-1.3b", "--random-weights", "--audit"),
)

_DOCTOR: Final = Job(
    id="doctor", what="what doctor expects of this GPU", arguments=("doctor",), json=False, well=(0, 1)
)

_TESTS: Final = Job(
    id="tests",
    what="tests of the Wan room",
    arguments=("-m", "pytest", "tests/wan", "-q", "-rs"),
    json=False,
    python=True,
)
