"""UMT5's weights, from a folder of transformers or a single file straight to where it runs, in bfloat16 or in fp8.

In fp8 only weights are packed (e4m3, one scale per row) and unpacked again layer by layer: prompts are encoded aside,
so memory is what counts and not speed. Three bits of mantissa are off by 2.6 % (root mean square). A guard runs a
probe through the encoder while it is loaded, block by block, each packed block against the same block in bfloat16;
so no more than one block is ever there twice.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.documents import read_json
from engine.errors import GeneratorError
from engine.files import FileKind
from engine.generators.wan.cards import Precision
from engine.generators.wan.device.numerics import relative_error
from engine.generators.wan.files.faults import listed
from engine.generators.wan.files.tensor_file import TensorFile
from engine.generators.wan.kernels.rows import TorchRows
from engine.generators.wan.text.umt5_names import REMEDY, SAME, encoder_keys, sizes_of

LAYER_BOUND: Final = 0.04
"""Relative error of one layer's output on the probe; 2.6 % is what the format itself costs."""

BLOCK_BOUND: Final = 0.08
"""Relative error of what a block adds to its input: seven layers, whose errors add up as squares."""

_LARGEST: Final = {
    **dict.fromkeys(("vocab_size", "d_model", "d_kv", "d_ff", "relative_attention_max_distance"), 1 << 20),
    **dict.fromkeys(("num_layers", "num_heads", "relative_attention_num_buckets"), 256),
}
"""Sizes that a config may claim; UMT5-XXL has 256,384 words, 4,096 wide, 24 layers."""

_CONFIG: Final = FileKind("text encoder's config", GeneratorError, unread=REMEDY)

_UNUSABLE: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    OSError,
    RecursionError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What transformers lets through on a config that is none."""

_PROBE_TOKENS: Final = 32


@dataclass(frozen=True, slots=True)
class PackedReport:
    """What became of the linear layers in fp8.

    Attributes:
        packed, of: how many are in fp8, of how many; layer_error, block_error: the worst that was accepted.
        kept: layers that stayed in bfloat16, and why.
    """

    packed: int
    of: int
    layer_error: float
    block_error: float
    kept: tuple[tuple[str, str], ...]

    def sentence(self) -> str:
        """For people."""
        return (
            f"fp8 in {self.packed} of {self.of} layers, relative error per layer ≤ {self.layer_error:.1e} "
            f"(limit {LAYER_BOUND:g}), per block ≤ {self.block_error:.1e} (limit {BLOCK_BOUND:g})"
        )


class PackedLinear(nn.Module):
    """A linear layer without bias whose weight is fp8 with a scale per row; it is unpacked in every call."""

    weight = None
    """transformers looks at this to cast its input to the weight's dtype; there is none to cast to."""

    packed: Tensor
    scale: Tensor

    def __init__(self, source: nn.Linear) -> None:
        super().__init__()
        packed, scale = TorchRows().quantise(source.weight.detach())
        self.register_buffer("packed", packed)
        self.register_buffer("scale", scale.view(-1))

    def forward(self, x: Tensor) -> Tensor:
        """x [..., in] → [..., out], in the dtype of x. Rows are scaled after the product, in float32."""
        y = functional.linear(x, self.packed.to(x.dtype))
        return (y.float() * self.scale).to(x.dtype)


def load_encoder(path: Path, device: torch.device, precision: Precision) -> tuple[Any, PackedReport | None]:
    """A UMT5EncoderModel ready to run, and what fp8 did to it (None in bfloat16).

    Args:
        path: a folder in the layout of transformers, or a single file, see `umt5_names`.

    Raises:
        GeneratorError: there is no such model, or not exactly its tensors, or NaN.
    """
    config = _config_in(path) if path.is_dir() else None
    with TensorFile.open(weights_in(path), device) as file:
        model, config, keys = _outline(file, config)
        loader = _Loader(model, file, keys, device)
        blocks = list(model.encoder.block)
        loader.fill(name for name in keys if not name.startswith("encoder.block."))
        model.encoder.embed_tokens.weight = model.shared.weight
        if precision is not Precision.FP8:
            for index in range(len(blocks)):
                loader.fill_block(index)
            return model, None
        return model, _pack(model, loader, config.vocab_size, device)


def check_encoder(path: Path, file: TensorFile) -> None:
    """Read an encoder's file through.

    Args:
        path: its folder, or the file itself.

    Raises:
        GeneratorError: it does not hold exactly the tensors of an encoder of its size, or holds NaN.
    """
    _, _, keys = _outline(file, _config_in(path) if path.is_dir() else None)
    for key in keys.values():
        file.read_finite(key, torch.device("cpu"))


def weights_in(folder: Path) -> Path:
    """The file of a folder in the layout of transformers: an index with shards, or a single one; a file is itself.

    Raises:
        GeneratorError: there is neither.
    """
    if not folder.is_dir():
        return folder
    for name in ("model.safetensors.index.json", "model.safetensors"):
        if (folder / name).is_file():
            return folder / name
    raise GeneratorError("There is no model.safetensors in this folder", where=str(folder))


def _outline(file: TensorFile, config: Any | None) -> tuple[Any, Any, dict[str, str]]:
    """The model that a file is of, without storage, its config, and the file's key for every tensor of it.

    Args:
        config: of the file's folder; None: a single file tells it by its shapes.
    """
    found = encoder_keys(file)
    if config is None:
        config = _config_of(sizes_of(file, found), str(file.path))
    model = _model_of(config, str(file.path.parent))
    _require_all(model, file, found)
    return model, config, found


def _config_in(folder: Path) -> Any:
    """The config of a folder in the layout of transformers."""
    if not (folder / "config.json").is_file():  # transformers would take the sizes of its own example
        raise GeneratorError("This folder holds no UMT5: there is no config.json", where=str(folder))
    told = read_json(folder / "config.json", _CONFIG)  # within bounds, before transformers reads it without
    transformers = _transformers(str(folder))
    with _told_of(str(folder)):
        _check_sizes(told)
        return transformers.UMT5Config.from_pretrained(folder, local_files_only=True)


def _config_of(sizes: dict[str, int], where: str) -> Any:
    """The config of an encoder of these sizes; the rest is UMT5's own, transformers' defaults."""
    transformers = _transformers(where)
    with _told_of(where):
        _check_sizes(sizes)
        return transformers.UMT5Config(**sizes)


def _model_of(config: Any, where: str) -> Any:
    transformers = _transformers(where)
    with _told_of(where), torch.device("meta"):
        model: Any = transformers.UMT5EncoderModel(config)
    return model.eval().requires_grad_(False)


def _transformers(where: str) -> Any:
    try:
        import transformers
    except ImportError as error:
        raise GeneratorError(
            "Text encoders are built by transformers, which is not installed",
            where=where,
            remedy="Install it with: pip install 'hardcut[wan]'.",
        ) from error
    return transformers


@contextmanager
def _told_of(where: str) -> Iterator[None]:
    """What transformers throws at a config that is none, as a sentence."""
    from huggingface_hub.errors import StrictDataclassError

    try:
        yield
    except (*_UNUSABLE, StrictDataclassError) as error:
        raise GeneratorError(
            f"This is no UMT5: {' '.join(str(error).split())[:160]}", where=where, remedy=REMEDY
        ) from error


def _check_sizes(config: object) -> None:
    """Raises ValueError: a config does not say how large its model is, in numbers that one could have."""
    if not isinstance(config, dict):
        raise ValueError("its config is no table")
    for key, largest in _LARGEST.items():
        size = config.get(key)
        if size is not None and not (type(size) is int and 0 < size <= largest):
            raise ValueError(f"its config has {key} {str(size)[:40]}")


class _Loader:
    """Puts tensors of a file into a model without storage."""

    def __init__(self, model: Any, file: TensorFile, keys: dict[str, str], device: torch.device) -> None:
        self._model = model
        self._file = file
        self._keys = keys
        self._device = device

    def fill_block(self, index: int) -> None:
        prefix = f"encoder.block.{index}."
        self.fill(name for name in self._keys if name.startswith(prefix))

    def fill(self, names: Iterable[str]) -> None:
        for name in names:
            tensor = self._file.read_finite(self._keys[name], self._device).to(torch.bfloat16, copy=True)
            owner, _, leaf = name.rpartition(".")
            setattr(self._model.get_submodule(owner), leaf, nn.Parameter(tensor, requires_grad=False))


def _require_all(model: Any, file: TensorFile, found: dict[str, str]) -> None:
    """Raises GeneratorError: a tensor is missing, left over or of another shape: each is named."""
    expected = {name: tuple(slot.shape) for name, slot in model.state_dict().items() if name != SAME}
    faults = (
        ("lacks", sorted(expected.keys() - found.keys())),
        ("has unknown", sorted(found.keys() - expected.keys())),
        (
            "has misshapen",
            sorted(name for name in expected.keys() & found.keys() if file.shapes[found[name]] != expected[name]),
        ),
        ("has whole numbers in", sorted(k for k in found.values() if not file.entries[k].dtype.is_floating_point)),
    )
    if told := [f"{what} {listed(names)}" for what, names in faults if names]:
        raise GeneratorError(
            f"These weights do not fit the encoder that they are of: the file {'; '.join(told)}",
            where=str(file.path),
            remedy="Choose a whole file, or a folder whose config.json and weights belong together, or fetch it again.",
        )


@torch.inference_mode()
def _pack(model: Any, loader: _Loader, words: int, device: torch.device) -> PackedReport:
    """Load and pack block by block, while a probe passes through."""
    inputs: dict[nn.Module, Tensor] = {}
    layers: list[tuple[str, float, str]] = []
    blocks: list[float] = []
    hooks: list[Any] = []

    def remember(layer: nn.Module, arguments: tuple[Tensor, ...]) -> None:
        inputs[layer] = arguments[0]

    def before(block: nn.Module, _arguments: tuple[Any, ...]) -> None:
        loader.fill_block(len(blocks))
        for _, parent, leaf in _linears(block):
            hooks.append(getattr(parent, leaf).register_forward_pre_hook(remember))

    def behind(block: nn.Module, arguments: tuple[Any, ...], named: dict[str, Any], out: Tensor) -> None:
        name = f"encoder.block.{len(blocks)}"
        places = list(_linears(block))
        plain = {label: getattr(parent, leaf) for label, parent, leaf in places}
        tried = [_replace(f"{name}.{label}", parent, leaf, inputs) for label, parent, leaf in places]
        inputs.clear()
        start: Tensor = arguments[0]
        error = relative_error(block.forward(*arguments, **named).float() - start.float(), out.float() - start.float())
        if error > BLOCK_BOUND:
            for label, parent, leaf in places:
                setattr(parent, leaf, plain[label])
            reason = f"its block would be off by {error:.1e} (limit {BLOCK_BOUND:g})"
            tried = [(one, off, why or reason) for one, off, why in tried]
            error = 0.0
        layers.extend(tried)
        blocks.append(error)

    for block in model.encoder.block:
        hooks.append(block.register_forward_pre_hook(before))
        hooks.append(block.register_forward_hook(behind, with_kwargs=True))
    try:
        draw = torch.Generator().manual_seed(0)
        model(torch.randint(words, (1, _PROBE_TOKENS), generator=draw).to(device))
    finally:
        for hook in hooks:
            hook.remove()
    kept = tuple((name, why) for name, _, why in layers if why)
    return PackedReport(
        packed=len(layers) - len(kept),
        of=len(layers),
        layer_error=max((off for _, off, why in layers if not why), default=0.0),
        block_error=max(blocks, default=0.0),
        kept=kept,
    )


def _replace(name: str, parent: nn.Module, leaf: str, inputs: dict[nn.Module, Tensor]) -> tuple[str, float, str]:
    """Pack one layer if that is accurate enough on what it has just read: its name, its error, and why not."""
    layer: nn.Linear = getattr(parent, leaf)
    x = inputs[layer]
    packed = PackedLinear(layer)
    error = relative_error(packed(x), functional.linear(x, layer.weight))
    if error > LAYER_BOUND:
        return name, error, f"relative error {error:.1e} (limit {LAYER_BOUND:g})"
    setattr(parent, leaf, packed)
    return name, error, ""


def _linears(block: nn.Module) -> Iterable[tuple[str, nn.Module, str]]:
    """The linear layers of a block: label, and where they hang."""
    for name, module in list(block.named_modules()):
        if isinstance(module, nn.Linear):
            owner, _, leaf = name.rpartition(".")
            yield name, block.get_submodule(owner), leaf
