"""Files of torch.save. They are pickles: read with `weights_only`, which refuses everything but tensors, and mapped.

A training script saves its weights under a name of its own beside other things; that name is the state. torch's format
from before 2020 cannot be mapped: it is taken up to a size that any host has to spare.
"""

import pickle
import re
import struct
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from engine.errors import GeneratorError
from engine.generators.wan.files.containers import Container
from engine.generators.wan.files.entries import DTYPES, PLAIN, TensorEntry
from engine.generators.wan.files.faults import damaged_by, listed, unsuitable

_STATES: Final = (
    *("generator_ema", "generator", "generator_lora", "ema", "ema_model"),
    *("model_state_dict", "model_state", "state_dict", "model", "module", "net"),
)
"""Where training scripts keep the weights inside a file, best first: averaged ones go before the raw ones."""

_DEEPEST: Final = 4
"""Names within names that are followed."""

_MAX_OLD_BYTES: Final = 1 << 30

_UNREADABLE: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
)
"""What torch's restricted unpickler lets through on damaged bytes; what it refuses is an UnpicklingError."""

_REFUSED_CODE: Final = re.compile(r"(?:GLOBAL|class|function) ([\w.]+)")


def open_torch(path: Path, container: Container, state: str = "") -> tuple[str, dict[str, TensorEntry]]:
    """The tensors by name, and the state that they lie under ("" where there is none).

    Args:
        state: the one that is wanted, for example "generator"; "": the best that is there.

    Raises:
        GeneratorError: it is damaged, holds code or no tensors by name, or not the state that is wanted.
    """
    try:
        if container is Container.TORCH_OLD and path.stat().st_size > _MAX_OLD_BYTES:
            raise unsuitable(
                path,
                "it is in torch's format from before 2020, which cannot be read piece by piece",
                "Load it in torch and save it anew, or take a safetensors file.",
            )
        loaded = torch.load(path, map_location="cpu", weights_only=True, mmap=container is Container.TORCH)
    except pickle.UnpicklingError as error:
        raise _refused(path, error) from error
    except _UNREADABLE as error:
        if container is Container.TORCH and (inside := _other_archive(path)):
            raise unsuitable(path, f"it is an archive that torch.save did not write (it holds {inside})",
                             "Unpack it, and choose the file of weights inside.") from error  # fmt: skip
        raise damaged_by(path, error) from error
    inside, tensors = _chosen(path, loaded, state)
    if strange := sorted({str(one.dtype).removeprefix("torch.") for one in tensors.values()} - _KINDS):
        raise unsuitable(path, f"it holds numbers of the kind {', '.join(strange)}, which is not read here", PLAIN)
    if hollow := sorted(key for key, tensor in tensors.items() if not _is_solid(tensor)):
        raise unsuitable(
            path,
            f"it claims more numbers than it holds in {listed(hollow)}",
            "Save it anew with contiguous tensors, or take another file.",
        )

    def entry(tensor: Tensor) -> TensorEntry:
        return TensorEntry(tuple(tensor.shape), tensor.dtype, lambda device: tensor.to(device))

    return inside, {key: entry(tensor) for key, tensor in tensors.items()}


_KINDS: Final = {str(dtype).removeprefix("torch.") for dtype in DTYPES.values()}


def _chosen(path: Path, loaded: object, state: str) -> tuple[str, dict[str, Tensor]]:
    found = dict(_states_of(loaded))
    if state:
        for inside, tensors in found.items():
            if state in inside.split("."):
                return inside, tensors
        if named := [name for name in found if name]:  # flat files have one state only, as safetensors have
            raise unsuitable(
                path,
                f"the model card asks for its state {state}, and it holds {listed(named)}",
                "Name one of these as `state` in the card, or choose another file.",
            )
    for inside, tensors in found.items():
        return inside, tensors
    raise unsuitable(
        path,
        f"it holds no tensors by name{_content(loaded)}",
        f"Weights are looked for at the top and under {', '.join(_STATES)}.",
    )


def _content(loaded: object) -> str:
    if not isinstance(loaded, Mapping):
        return f", but a {type(loaded).__name__}"
    return f", but {listed(sorted(str(key) for key in loaded))}" if loaded else ": it is empty"


def _states_of(loaded: object, inside: tuple[str, ...] = ()) -> Iterator[tuple[str, dict[str, Tensor]]]:
    """All that may be the weights in what a training script saved, best first: the names they lie under, and they."""
    if not isinstance(loaded, Mapping) or len(inside) > _DEEPEST:
        return
    for name in _STATES:
        yield from _states_of(loaded.get(name), (*inside, name))
    tensors = {key: value for key, value in loaded.items() if isinstance(key, str) and isinstance(value, Tensor)}
    if tensors:
        yield ".".join(inside), tensors


def _refused(path: Path, error: pickle.UnpicklingError) -> GeneratorError:
    """Why the restricted unpickler stopped: bytes that are no pickle, or something that is more than weights."""
    code = _REFUSED_CODE.search(str(error))
    if code is not None:
        return GeneratorError(
            f"This file was not loaded: it holds more than weights ({code[1][:120]})",
            where=str(path),
            remedy="Code in a file is never run. Choose a safetensors file, or one that holds tensors alone.",
        )
    reason = " ".join(str(error).split()) or "not a pickle"
    told = (
        "" if "eights only" in reason or "weights_only" in reason else f" ({reason[:160]})"
    )  # torch's advice, not ours
    return GeneratorError(
        f"This file was not loaded: it is damaged or holds more than weights{told}",
        where=str(path),
        remedy="Code in a file is never run. Choose a safetensors file; a damaged one has to be fetched again.",
    )


def _other_archive(path: Path) -> str:
    """What a whole zip holds that torch did not write; "" for torch's own, and for one that is damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error):
        return ""
    return "" if any(name.endswith("data.pkl") for name in names) else listed(names, 2) or "nothing"


def _is_solid(tensor: Tensor) -> bool:
    """Whether every number has bytes of its own: strides of 0 make a terabyte of four bytes."""
    if tensor.layout is not torch.strided or tensor.is_meta or tensor.is_quantized:
        return False
    return tensor.numel() * tensor.element_size() <= tensor.untyped_storage().nbytes()
