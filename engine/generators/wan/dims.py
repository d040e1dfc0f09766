"""What the checkpoints are and how each is sampled: plain data, no torch.

Sources: Wan2.1 `wan/configs` (dimensions), VACE `vace_wan2.1_*` configs (mapped layers), and the inference
configuration of each causal family's repository (recipes). Windows count the block being generated.
"""

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class LatentGrid:
    """The picture in latent pixels; 448×448 video is 56×56, 592×336 is 74 wide and 42 high."""

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
        """Tokens per latent frame: 784 at 448×448, 777 at 592×336 and 336×592."""
        return self.rows * self.columns
