"""How each family of causal checkpoints is sampled: data, no torch. A new family begins here.

Sources: the inference configuration of each family's repository. Windows count the block being generated. What of a
recipe a model card may choose otherwise is `chosen`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from itertools import pairwise
from typing import Final

from engine.errors import GeneratorError


class ContextKind(Enum):
    """How a finished block becomes the context of the next."""

    CLEAN_PASS = "one more pass at t = 0 over the finished block"
    RECOMPUTE = "the whole context again at t = 0, before every block"
    LAST_PASS = "what the last denoise pass left"


CONTEXT_NAMES: Final = {kind.name.lower().replace("_", "-"): kind for kind in ContextKind}
"""As a model card writes them: clean-pass, recompute, last-pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceNoise:
    """How video-to-video begins where it is not simply a strength of the schedule (StreamDiffusionV2).

    The picture is mixed with as much noise as the strength says, 0..1, and the model is told less of it.

    Attributes:
        hidden: noise that the model is not told of, 0..1; it is told 1000 · (strength − hidden).
        motion: by how much the noise falls in fast motion, 0..1.
        raw: the picture's latents are taken as the VAE gives them, not normalised.
    """

    hidden: float
    motion: float
    raw: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedPositions:
    """Frames keep the position at which they were made; the count of them starts over (StreamDiffusionV2).

    Attributes:
        restart: the position, in latent frames, at which the next block goes back to the window's last place.
        renew_below: mean cosine of a sink frame's keys and values to the newest block's, below which the block takes
            its place, in each layer by itself.
    """

    restart: int
    renew_below: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How one checkpoint family is sampled.

    Attributes:
        steps: the denoise steps on the training scale of 1000, before the shift.
        shift: k of sigma(s) = k·s / (1 + (k−1)·s), s = step / 1000; see `sampler.schedule`.
        warped: whether the steps pass through the shift; otherwise they are timesteps as they stand.
        block_frames: latent frames per block; one latent frame is four video frames.
        window: latent frames that attention sees, the current block included.
        sink: the first latent frames after a cut, which never leave the window.
        bias_exempt: context frames at the head of the window that attention bias leaves alone.
        first_steps: the denoise steps of the block that begins a video; (): as every other's.
        first_block: latent frames of the block that begins a video; 0: as every other's. Where it is longer, what it
            has more than a chunk's pictures is not shown: the oldest of them.
        recache: once the words have changed and stay, the past is made anew under them, a pass more in each of as
            many chunks as it has blocks; otherwise the old words stay in the sink until a cut.
        first_frame: whether a video can begin with a picture that is given, as it is.
        source: how video-to-video begins; None: by the schedule alone.
        positions: None: the sink moves along before the window, and positions never end.
    """

    name: str
    context: ContextKind
    window: int
    sink: int = 0
    steps: tuple[int, ...] = (1000, 750, 500, 250)  # Self-Forcing, LongLive and Krea alike
    shift: float = 5.0
    warped: bool = True
    block_frames: int = 3
    bias_exempt: int = 0
    first_steps: tuple[int, ...] = ()
    first_block: int = 0
    recache: bool = False
    first_frame: bool = False
    source: SourceNoise | None = None
    positions: FixedPositions | None = None

    def __post_init__(self) -> None:
        block = self.block_frames
        if self.sink % block or (self.window - self.sink) % block or self.window - self.sink < block:
            raise GeneratorError(
                f"A window of {self.window} latent frames with {self.sink} of them pinned cannot be filled "
                f"in blocks of {block}",
                where=self.name,
                remedy="Make the window and the sink multiples of the block, and leave room for one block.",
            )
        for steps in (self.steps, self.first_steps or self.steps):
            if not steps or any(a <= b for a, b in pairwise(steps)) or not 0 < steps[0] <= 1000:
                raise GeneratorError("Denoise steps must fall, from 1000 at most", where=self.name)
        if self.recache and self.context is not ContextKind.CLEAN_PASS:
            raise GeneratorError("Only a past of clean passes can be made anew", where=self.name)
        if self.recache and self.positions is not None:
            raise GeneratorError("Only a past that moves along can be made anew", where=self.name)
        if self.first_block and (self.first_block < block or self.first_block > self.past_frames):
            raise GeneratorError(
                f"A first block of {self.first_block} latent frames is shorter than others, or longer than a past of "
                f"{self.past_frames}",
                where=self.name,
            )
        if self.first_block % block or (self.first_block and (self.recache or self.context is ContextKind.RECOMPUTE)):
            raise GeneratorError("Only a past that stays as it was made can begin with a longer block", where=self.name)
        fixed = self.positions
        if fixed is not None and (self.block_frames != 1 or not self.sink or fixed.restart <= self.window):
            raise GeneratorError("Fixed positions need blocks of one latent frame and a sink", where=self.name)

    @property
    def past_frames(self) -> int:
        """Latent frames of context once the window is full."""
        return self.window - self.block_frames

    @property
    def opening_frames(self) -> int:
        """Latent frames of the block that begins a video."""
        return self.first_block or self.block_frames


def chosen(recipe: Recipe, choices: Mapping[str, object]) -> Recipe:
    """A recipe with what a model card chooses otherwise: steps, first_steps, window, sink, context, recache.

    Raises:
        ValueError, TypeError: a choice is none; GeneratorError: they do not go together.
    """
    changes: dict[str, object] = {}
    for key in ("steps", "first_steps"):
        if isinstance(value := choices.get(key), list):
            changes[key] = tuple(int(step) for step in value)
        elif value is not None:
            raise TypeError(f"{key} is no list")
    for key in ("window", "sink"):
        if key in choices:
            changes[key] = int(str(choices[key]))
    if "recache" in choices:
        changes["recache"] = bool(choices["recache"])
    if "context" in choices:
        if choices["context"] not in CONTEXT_NAMES:
            raise ValueError(f"its context is {choices['context']!r}, and known are {', '.join(CONTEXT_NAMES)}")
        changes["context"] = context = CONTEXT_NAMES[str(choices["context"])]
        changes.setdefault("recache", recipe.recache and context is ContextKind.CLEAN_PASS)
    return replace(recipe, **changes)  # type: ignore[arg-type]


# Self-Forcing configs/self_forcing_dmd.yaml; local_attn_size of its 21-frame training rollout, where its reference
# stops. Played on it flickers; a card gives it a sink (`sink = 3`) or an anchor (`context = "recompute"`).
SELF_FORCING: Final = Recipe(name="self-forcing", context=ContextKind.CLEAN_PASS, window=21)


# The chunk-wise models of Causal-Forcing are sampled as Self-Forcing is (configs/causal_forcing_dmd_chunkwise.yaml).
CAUSAL_FORCING: Final = Recipe(name="causal-forcing", context=ContextKind.CLEAN_PASS, window=21)


# Causal-Forcing++ configs/causal_forcing_dmd_framewise_2step.yaml: num_frame_per_block 1, shift 5, and
# denoising_step_list_first_chunk for the first block alone. It was trained on 21 latent frames; for longer, the sink is
# that of Self Gradient Forcing, which begins from the same models.
CAUSAL_FORCING_FRAMEWISE: Final = Recipe(
    name="causal-forcing-framewise",
    context=ContextKind.CLEAN_PASS,
    window=21,
    sink=4,
    steps=(1000, 500),
    first_steps=(1000, 750, 500, 250),
    first_frame=True,  # README, I2V: "set the first latent initial frame as your conditional image"
    block_frames=1,
)


# Self Gradient Forcing, README: KV_CACHE_SINK 3 and KV_CACHE_FIFO_FRAMES 6 of 12 chunk-wise; 4 and 16 of 21 frame-wise.
# Steps and shift are those of configs/self_gradient_forcing_{chunkwise,framewise}.yaml, as Self Gradient Forcing Plus
# carries them: four steps, shift 5, the first block like every other.
SELF_GRADIENT_FORCING: Final = Recipe(name="self-gradient-forcing", context=ContextKind.CLEAN_PASS, window=12, sink=3)
SELF_GRADIENT_FORCING_FRAMEWISE: Final = Recipe(
    name="self-gradient-forcing-framewise",
    context=ContextKind.CLEAN_PASS,
    window=21,
    sink=4,
    first_frame=True,
    block_frames=1,
)


# LongLive configs/longlive_inference*.yaml: local_attn_size 12, sink_size 3, timestep_shift 5. At a prompt change its
# interactive pipeline makes the window anew and keeps the sink's old words (global_sink); here the sink is made anew
# too, since a show has no end at which those words would leave.
LONGLIVE: Final = Recipe(
    name="longlive", context=ContextKind.CLEAN_PASS, window=12, sink=3, bias_exempt=1, recache=True
)


# Krea release_server.py: kv_cache_num_frames 3, do_kv_recomp; steps of configs/self_forcing_server_14b.yaml. Its server
# takes a fifth pass at t = 0 and notes to leave it out for speed: it changes 0.5 % of a picture for a fifth of the
# time. A card has it by `steps = [1000, 750, 500, 250, 0]`.
KREA: Final = Recipe(name="krea", context=ContextKind.RECOMPUTE, window=6, bias_exempt=1)


# StreamDiffusionV2 configs/wan_causal_dmd_v2v.yaml: num_kv_cache 6, num_sink_tokens 3, adapt_sink_threshold 0.2,
# warp_denoising_step false; the first two of its four steps, as its commands have it (--step 2). The noise is that of
# compute_noise_scale_and_step in streamv2v/inference.py, where latents of the source are not normalised (is_scale
# false); positions start over at t_refresh 50. A video begins with two latents, of five pictures, without motion
# (start_stream_session). There they are told 700 whatever the noise; here as those that follow, 700 at strength 0.8.
STREAMDIFFUSION_V2: Final = Recipe(
    name="streamdiffusion-v2",
    context=ContextKind.LAST_PASS,
    window=6,
    sink=3,
    steps=(700, 500),
    shift=8.0,
    warped=False,
    block_frames=1,
    first_block=2,
    bias_exempt=1,
    source=SourceNoise(hidden=0.1, motion=0.1, raw=True),
    positions=FixedPositions(restart=50, renew_below=0.2),
)


RECIPES: Final = {
    recipe.name: recipe
    for recipe in (
        SELF_FORCING,
        CAUSAL_FORCING,
        CAUSAL_FORCING_FRAMEWISE,
        SELF_GRADIENT_FORCING,
        SELF_GRADIENT_FORCING_FRAMEWISE,
        LONGLIVE,
        KREA,
        STREAMDIFFUSION_V2,
    )
}
