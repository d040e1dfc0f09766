"""How each family of causal checkpoints is sampled: data, no torch. A new family begins here.

Sources: the inference configuration of each family's repository. Windows count the block being generated.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from engine.errors import GeneratorError


class ContextKind(Enum):
    """How a finished block becomes the context of the next."""

    CLEAN_PASS = "one more pass at t = 0 over the finished block"
    RECOMPUTE = "the whole context again at t = 0, before every block"
    LAST_PASS = "what the last denoise pass left"


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

    def __post_init__(self) -> None:
        block = self.block_frames
        if self.sink % block or (self.window - self.sink) % block or self.window - self.sink < block:
            raise GeneratorError(
                f"A window of {self.window} latent frames with {self.sink} of them pinned cannot be filled "
                f"in blocks of {block}",
                where=self.name,
                remedy="Make the window and the sink multiples of the block, and leave room for one block.",
            )
        if not self.steps or any(a <= b for a, b in zip(self.steps, self.steps[1:], strict=False)):
            raise GeneratorError("Denoise steps must fall", where=self.name)

    @property
    def past_frames(self) -> int:
        """Latent frames of context once the window is full."""
        return self.window - self.block_frames


# Self-Forcing configs/self_forcing_dmd.yaml; local_attn_size of its 21-frame training rollout.
SELF_FORCING: Final = Recipe(name="self-forcing", context=ContextKind.CLEAN_PASS, window=21)


# The chunk-wise models of Causal-Forcing are sampled as Self-Forcing is.
CAUSAL_FORCING: Final = Recipe(name="causal-forcing", context=ContextKind.CLEAN_PASS, window=21)


# LongLive configs/longlive_inference*.yaml: local_attn_size 12, sink_size 3, timestep_shift 5.
LONGLIVE: Final = Recipe(name="longlive", context=ContextKind.CLEAN_PASS, window=12, sink=3, bias_exempt=1)


# Krea release_server.py: kv_cache_num_frames 3, do_kv_recomp; steps of configs/self_forcing_server_14b.yaml.
KREA: Final = Recipe(name="krea", context=ContextKind.RECOMPUTE, window=6, bias_exempt=1)


# StreamDiffusionV2 configs/wan_causal_dmd_v2v.yaml: num_kv_cache 6, num_sink_tokens 3, warp_denoising_step false.
STREAMDIFFUSION_V2: Final = Recipe(
    name="streamdiffusion-v2",
    context=ContextKind.LAST_PASS,
    window=6,
    sink=3,
    steps=(700, 500, 400, 200),
    shift=8.0,
    warped=False,
    block_frames=1,
    bias_exempt=1,
)


RECIPES: Final = {recipe.name: recipe for recipe in (SELF_FORCING, CAUSAL_FORCING, LONGLIVE, KREA, STREAMDIFFUSION_V2)}
