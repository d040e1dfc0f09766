"""One compiled loop: its signature, and the call into machine code."""

import ctypes
import weakref
from collections.abc import Callable, Mapping
from typing import Any, Final, Generic, TypeVarTuple

import numpy as np

Ts = TypeVarTuple("Ts")

_SCALARS: Final[Mapping[str, tuple[Callable[[Any], Any], Any]]] = {
    "int64": (int, ctypes.c_int64),
    "float32": (float, ctypes.c_float),
    "float64": (float, ctypes.c_double),
}
_DIMENSIONS: Final = {"[::1]": 1, "[:,::1]": 2, "[:,:,::1]": 3, "[:,:,:,::1]": 4}
_SIZE: Final = ctypes.c_ssize_t
_POINTER: Final = ctypes.c_void_p


class Kernel(Generic[*Ts]):
    """A function that writes into its arguments; see `kernel`. Calling it runs what its library has loaded.

    Attributes:
        name: unique within its library.
        signature: numba's, as text.
        python: the function itself, for compiling, and for holding machine code against.
    """

    def __init__(self, python: Callable[[*Ts], None], signature: str) -> None:
        self.name: Final = python.__name__
        self.signature: Final = signature.replace(" ", "")
        self.python: Final = python
        self._arguments: Final = tuple(_Argument(text) for text in _split(self.signature))
        self._code: Callable[..., int] | None = None

    def bind(self, address: int) -> None:
        """Calls go to this address from now on: a function of numba's calling convention for the signature."""
        types = [kind for argument in self._arguments for kind in argument.c_types]
        self._code = ctypes.CFUNCTYPE(ctypes.c_int32, _POINTER, _POINTER, *types)(address)  # gives the lock away

    def __call__(self, *arguments: *Ts) -> None:
        """Run it.

        Raises:
            TypeError: an array's dtype, dimensions or layout is not that of the signature.
            RuntimeError: nothing has been loaded, or the code ended in an error.
        """
        if self._code is None:
            raise RuntimeError(f"{self.name} was called before its library was loaded")
        values: tuple[Any, ...] = arguments
        given: list[Any] = []
        if len(arguments) != len(self._arguments):
            raise TypeError(f"{self.name} takes {len(self._arguments)} arguments, not {len(arguments)}")
        for argument, value in zip(self._arguments, values, strict=True):
            argument.put(value, given)
        # Numba's convention: places for a result and for an exception come first.
        result, failure = _POINTER(), _POINTER()
        if self._code(ctypes.addressof(result), ctypes.addressof(failure), *given):
            raise RuntimeError(f"{self.name} ended in an error")


def kernel(signature: str) -> Callable[[Callable[[*Ts], None]], Kernel[*Ts]]:
    """Declare a function to be compiled.

    It may use arithmetic, loops, `math`, scalars of numpy, slices of its arrays, and call plain functions of the
    same kind, which are compiled with it. It allocates nothing, raises nothing, and reads module constants
    only if they are numbers. Its arrays must not overlap. No index is checked.

    Args:
        signature: "void(float32[:,::1], int64, …)", C-contiguous arrays and scalars.
    """
    return lambda python: Kernel(python, signature)


class _Argument:
    """How one argument is handed over: an array of n dimensions as 5 + 2 n words."""

    def __init__(self, text: str) -> None:
        name, bracket, rest = text.partition("[")
        self._text = text
        self._scalar: Callable[[Any], Any] | None = None
        self._dtype = np.dtype(name)
        self._dimensions = 0
        self._last: tuple[Callable[[], Any], tuple[Any, ...]] = (lambda: None, ())
        if bracket:
            self._dimensions = _DIMENSIONS[bracket + rest]
            sizes = [_SIZE] * (2 * self._dimensions)
            self.c_types: tuple[Any, ...] = (_POINTER, _POINTER, _SIZE, _SIZE, _POINTER, *sizes)
        else:
            self._scalar, c_type = _SCALARS[name]
            self.c_types = (c_type,)

    def put(self, value: Any, given: list[Any]) -> None:
        if self._scalar is not None:
            given.append(self._scalar(value))
            return
        last, words = self._last
        if last() is value:  # most arrays are scratch, and the same in every call
            given += words
            return
        fits = value.dtype == self._dtype and value.ndim == self._dimensions and value.flags.c_contiguous
        if not fits:
            raise TypeError(f"{self._text} is wanted, not {value.dtype} {value.shape} with strides {value.strides}")
        words = (None, None, value.size, value.itemsize, value.ctypes.data, *value.shape, *value.strides)
        self._last = (weakref.ref(value), words)
        given += words


def _split(signature: str) -> list[str]:
    """The argument types of "void(a[:,::1],b)"."""
    inner = signature.removeprefix("void(").removesuffix(")")
    parts: list[str] = []
    for piece in inner.split(","):
        if parts and "[" in parts[-1] and "]" not in parts[-1]:
            parts[-1] += f",{piece}"
        else:
            parts.append(piece)
    return parts
