"""What the checkpoints are and how each is sampled: plain data, no torch.

Sources: Wan2.1 `wan/configs` (dimensions), VACE `vace_wan2.1_*` configs (mapped layers), and the inference
configuration of each causal family's repository (recipes). Windows count the block being generated.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from engine.errors import GeneratorError

LATENT_CHANNELS: Final = 16
PATCH: Final = 2
"""Latent pixels per patch edge; a patch is one frame deep (patch size (1, 2, 2))."""

CONTROL_CHANNELS: Final = 96
"""What VACE sees per latent pixel: 16 inactive + 16 reactive + 64 mask channels (an 8×8 mask tile unshuffled)."""

TRAIN_TIMESTEPS: Final = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDims:
    """The dimensions of one transformer.

    Attributes:
        vace_layers: the layers after which the depth branch adds a hint, one VACE block each.
        text_len: tokens that a prompt is zero-padded to; the padding is attended to.
        freq_dim: length of the sinusoid that encodes a timestep.
    """

    name: str
    dim: int
    ffn_dim: int
    heads: int
    layers: int
    vace_layers: tuple[int, ...]
    text_dim: int = 4096
    text_len: int = 512
    freq_dim: int = 256
    eps: float = 1e-6

    def __post_init__(self) -> None:
        if self.dim % self.heads or self.head_dim % 2:
            raise ValueError(f"{self.name}: {self.heads} heads of an even size do not make {self.dim}")
        if self.vace_layers and (self.vace_layers[0] != 0 or self.vace_layers[-1] >= self.layers):
            raise ValueError(f"{self.name}: VACE layers start at 0 and stay below {self.layers}")

    @property
    def head_dim(self) -> int:
        return self.dim // self.heads

    def parameters(self, *, vace: bool = False) -> int:
        """Numbers in the weights: what a memory estimate is made from before anything is loaded."""
        dim, ffn = self.dim, self.ffn_dim
        block = 8 * (dim * dim + dim) + 4 * dim + (2 * dim * ffn + ffn + dim) + 2 * dim + 6 * dim
        patch_in = PATCH * PATCH * LATENT_CHANNELS
        text = (self.text_dim + 1) * dim + (dim + 1) * dim
        time = (self.freq_dim + 1) * dim + (dim + 1) * dim + (dim + 1) * 6 * dim
        main = self.layers * block + (patch_in + 1) * dim + text + time + (dim + 1) * patch_in + 2 * dim
        if not vace:
            return main
        projections = (len(self.vace_layers) + 1) * (dim + 1) * dim
        return main + len(self.vace_layers) * block + projections + (PATCH * PATCH * CONTROL_CHANNELS + 1) * dim

    @property
    def rope_pairs(self) -> tuple[int, int, int]:
        """Rotated pairs of a head for time, height and width: 22 + 21 + 21 of 128 dimensions."""
        pairs = self.head_dim // 2
        return pairs - 2 * (pairs // 3), pairs // 3, pairs // 3


WAN_1_3B: Final = ModelDims(
    name="1.3B", dim=1536, ffn_dim=8960, heads=12, layers=30, vace_layers=tuple(range(0, 30, 2))
)
WAN_14B: Final = ModelDims(name="14B", dim=5120, ffn_dim=13824, heads=40, layers=40, vace_layers=tuple(range(0, 40, 5)))
WAN_TINY: Final = ModelDims(
    name="tiny", dim=128, ffn_dim=256, heads=4, layers=4, vace_layers=(0, 2), text_dim=64, text_len=16, freq_dim=64
)
"""The same code at a million parameters, for machines without a GPU; its weights are random."""

KNOWN_DIMS: Final = (WAN_1_3B, WAN_14B, WAN_TINY)


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


@dataclass(frozen=True, slots=True)
class LatentGrid:
    """The picture in latent pixels; 448×448 video is 56×56."""

    height: int = 56
    width: int = 56

    def __post_init__(self) -> None:
        if self.height < PATCH or self.width < PATCH or self.height % PATCH or self.width % PATCH:
            raise GeneratorError(
                f"A latent picture of {self.width}×{self.height} has no whole number of patches",
                remedy=f"Make the video's edges multiples of {8 * PATCH}.",
            )

    @property
    def rows(self) -> int:
        return self.height // PATCH

    @property
    def columns(self) -> int:
        return self.width // PATCH

    @property
    def tokens(self) -> int:
        """Tokens per latent frame: 784 at 448×448."""
        return self.rows * self.columns
