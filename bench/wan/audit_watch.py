"""Sees what a chunk moves behind its back: transfers, waits for the device, conversions, copies, and where in our code.

Three watchers, since none sees everything:

    operators    a dispatch mode sees every operator that torch runs, those inside composite ones too
    calls        on a CPU a transfer is no operator, so the calls that would make one on a GPU are seen instead
    the driver   torch's own check of what waits for a GPU, and the calls that ask for that by name

What a compiled function or a recorded graph does is seen by none of them: they are given passes as written.
"""

import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final, Self

import torch
from torch import Tensor
from torch._C import DispatchKey
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

_ROOT: Final = Path(__file__).parents[2]
_OURS: Final = tuple(f"{_ROOT / name}/" for name in ("bench", "engine"))
_COMPREHENSIONS: Final = (".<locals>.<genexpr>", ".<locals>.<listcomp>", ".<locals>.<dictcomp>")
"""Frames of their own up to Python 3.11, and none from 3.12 on."""

_WAITS: Final = frozenset(
    {
        *("_local_scalar_dense", "nonzero", "masked_select", "equal", "_unique2", "unique_dim", "unique_consecutive"),
        *("repeat_interleave", "bincount", "histc", "linalg_eigvals"),
    }
)
"""Operators whose result, or its shape, the host must know before it goes on."""

_LEAVES: Final = frozenset({"_fused_rms_norm"})
"""Composite on a CPU only: on a GPU it is one kernel."""


class Kind(Enum):
    """What is looked for."""

    TRANSFER = "transfer"
    WAIT = "wait"
    CONVERSION = "conversion"
    COPY = "copy"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line of ours: module, e.g. "engine/generators/wan/video.py"; function, qualified by its class."""

    module: str
    function: str
    line: int

    def __str__(self) -> str:
        return f"{self.module}:{self.line} {self.function}"


@dataclass(frozen=True, slots=True)
class Move:
    """Something that was moved, waited for, converted or copied.

    Attributes:
        what: the operator and what it did, e.g. "_to_copy bfloat16 → float32".
    """

    kind: Kind
    what: str
    place: Place


@dataclass(slots=True)
class Tally:
    """How often, and how many bytes were written."""

    count: int = 0
    bytes: int = 0


class Watch:
    """Record during a with-block what is moved on this thread.

    Attributes:
        tallies: in the order of their first time.
    """

    def __init__(self, device: torch.device) -> None:
        self.tallies: Final[dict[Move, Tally]] = {}
        self._device = device
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            if self._device.type == "cuda":
                stack.enter_context(_driver_watched(self.note))
            else:
                stack.enter_context(_TransferCalls(self.note))
            stack.enter_context(_Operators(self.note, self._device))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def note(self, kind: Kind, what: str, written: int = 0) -> None:
        """Record a move below the caller's frame."""
        tally = self.tallies.setdefault(Move(kind, what, _place(sys._getframe(1))), Tally())  # noqa: SLF001
        tally.count += 1
        tally.bytes += written


Note = Callable[..., None]


class _Operators(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Watch every operator, down to those that are kernels."""

    def __init__(self, note: Note, device: torch.device) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._note = note
        self._device = device.type

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        name = func.overloadpacket.__name__
        if name not in _LEAVES and _is_composite(func, self._device.upper()):
            with self:  # in inference mode it arrives whole; what it is made of comes back to us
                return func._op_dk(DispatchKey.CompositeImplicitAutograd, *args, **kwargs)  # noqa: SLF001
        result = func(*args, **kwargs)
        self._inspect(name, args, kwargs, result)
        return result

    def _inspect(self, name: str, args: Sequence[Any], kwargs: dict[str, Any], result: Any) -> None:
        if name in ("_to_copy", "clone"):
            self._moved(name, args[0], result, waits=not kwargs.get("non_blocking", False))
        elif name == "copy_":
            waits = not (args[2] if len(args) > 2 else kwargs.get("non_blocking", False))
            self._moved(name, args[1], args[0], waits=waits)
        elif self._is_here(args) and (name in _WAITS or (name in ("index", "index_put_") and _by_mask(args[1]))):
            self._note(Kind.WAIT, name)

    def _is_here(self, args: Sequence[Any]) -> bool:
        """Return whether the watched device has to answer, and not the host about its own memory."""
        return any(isinstance(one, Tensor) and one.device.type == self._device for one in args)

    def _moved(self, name: str, source: Any, target: Tensor, *, waits: bool) -> None:
        if not isinstance(source, Tensor):
            return
        written = target.nbytes
        if source.device.type != target.device.type:
            how = ", waited for" if waits else "" if source.is_pinned() or target.is_pinned() else ", not pinned"
            self._note(Kind.TRANSFER, f"{name} {source.device.type} → {target.device.type}{how}", written)
        if source.dtype != target.dtype:
            self._note(Kind.CONVERSION, f"{name} {_short(source.dtype)} → {_short(target.dtype)}", written)
        elif source.device.type == target.device.type:
            self._note(Kind.COPY, name, written)


class _TransferCalls(TorchFunctionMode):
    """Watch calls that name a device: they move nothing on a CPU, and would on a GPU."""

    def __init__(self, note: Note) -> None:
        super().__init__()
        self._note = note

    def __torch_function__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        named = func is Tensor.to and _names_a_device(args[1:], kwargs)
        if named or func in (Tensor.cpu, Tensor.cuda, Tensor.pin_memory):
            self._note(Kind.TRANSFER, f".{func.__name__}() asked for", args[0].nbytes)
        return func(*args, **kwargs)


@contextmanager
def _driver_watched(note: Note) -> Iterator[None]:
    """Whatever makes the host wait for the GPU: torch tells of its own waits, others are asked for by name."""
    mode = torch.cuda.get_sync_debug_mode()
    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("always")
        previous = warnings.showwarning

        def show(message: Any, *rest: Any, **more: Any) -> None:
            if "called a synchronizing" in str(message):
                note(Kind.WAIT, "the driver synchronises")
            else:
                previous(message, *rest, **more)

        warnings.showwarning = show
        for owner in (torch.cuda, torch.cuda.Event, torch.cuda.Stream):
            plain = owner.synchronize
            stack.callback(setattr, owner, "synchronize", plain)
            setattr(owner, "synchronize", _noting(plain, note, f"{owner.__name__}.synchronize()"))  # noqa: B010
        stack.callback(torch.cuda.set_sync_debug_mode, mode)
        torch.cuda.set_sync_debug_mode("warn")
        yield


def _noting(call: Callable[..., Any], note: Note, what: str) -> Callable[..., Any]:
    def noted(*args: Any, **kwargs: Any) -> Any:
        note(Kind.WAIT, what)
        return call(*args, **kwargs)

    return noted


def _place(frame: FrameType | None) -> Place:
    """Return the nearest line of the engine, this watcher's own left aside."""
    while frame is not None:
        code = frame.f_code
        if code.co_filename.startswith(_OURS) and code.co_filename != __file__:
            return Place(Path(code.co_filename).relative_to(_ROOT).as_posix(), _function(code), frame.f_lineno)
        frame = frame.f_back
    return Place("elsewhere", "", 0)


def _function(code: CodeType) -> str:
    name = code.co_qualname
    while name.endswith(_COMPREHENSIONS):
        name = name.rpartition(".<locals>.")[0]
    return name


def _is_composite(operator: Any, backend: str) -> bool:
    """Return whether it is composed of other operators on this device, and not a kernel of its own."""
    has: Any = torch._C._dispatch_has_kernel_for_dispatch_key  # noqa: SLF001
    name = operator.name()
    return bool(has(name, DispatchKey.CompositeImplicitAutograd.name)) and not has(name, backend)


def _by_mask(indices: Any) -> bool:
    """Return whether a tensor is indexed by booleans, whose number the host must know."""
    return any(isinstance(one, Tensor) and one.dtype in (torch.bool, torch.uint8) for one in indices)


def _names_a_device(args: Sequence[Any], kwargs: dict[str, Any]) -> bool:
    return "device" in kwargs or any(isinstance(one, torch.device | str) for one in args)


def _short(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
