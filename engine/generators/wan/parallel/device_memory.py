"""Memory of a GPU that other processes of this machine may read and write, through CUDA's runtime library.

Torch's own way of lending memory to another process counts who holds it, and keeps what a process that was killed has
not given back. A region here is lent for as long as its process lives, and serves one crew after the other.

Sources: CUDA Runtime API, "Interprocess communication" (cudaIpcGetMemHandle, cudaIpcOpenMemHandle).
"""

import ctypes
import sys
from dataclasses import dataclass
from functools import cache
from typing import Final

import torch

from engine.errors import GeneratorError

HANDLE_BYTES: Final = 64
"""CUDA_IPC_HANDLE_SIZE."""

_LAZY_PEER_ACCESS: Final = 1
"""cudaIpcMemLazyEnablePeerAccess: a GPU may reach what lies on another."""


class _Handle(ctypes.Structure):
    """cudaIpcMemHandle_t, which calls take by value."""

    _fields_ = (("reserved", ctypes.c_char * HANDLE_BYTES),)


@dataclass(frozen=True, slots=True)
class Region:
    """Memory of this process that others may open.

    Attributes:
        address: on the device; size: in bytes; handle: what another process opens it by, `HANDLE_BYTES` bytes.
    """

    address: int
    size: int
    handle: bytes


@cache
def lent_region(device: int, size: int) -> Region:
    """A region of so many bytes on a device, the same at every call: what is in it is what was written last.

    Raises:
        GeneratorError: it cannot be had, or cannot be lent.
    """
    library = _library()
    address, handle = ctypes.c_void_p(), _Handle()
    with torch.cuda.device(device):
        _check(library.cudaMalloc(ctypes.byref(address), ctypes.c_size_t(size)), "GPU memory to share")
        status = library.cudaIpcGetMemHandle(ctypes.byref(handle), address)
        if status:
            library.cudaFree(address)
        _check(status, "handle of GPU memory")
    assert address.value is not None
    return Region(address.value, size, bytes(handle))


@cache
def opened_region(device: int, handle: bytes) -> int:
    """The address on a device at which another process's region lies; it stays open while this process lives.

    Raises:
        GeneratorError: it cannot be opened.
    """
    library = _library()
    address, named = ctypes.c_void_p(), _Handle.from_buffer_copy(handle)
    with torch.cuda.device(device):
        status = library.cudaIpcOpenMemHandle(ctypes.byref(address), named, ctypes.c_uint(_LAZY_PEER_ACCESS))
        _check(status, "another process's GPU memory")
    assert address.value is not None
    return address.value


def clear(device: int, region: Region) -> None:
    """Fill a region with zeros, and wait for it."""
    library = _library()
    with torch.cuda.device(device):
        status = library.cudaMemset(ctypes.c_void_p(region.address), 0, ctypes.c_size_t(region.size))
        _check(status, "GPU memory to share")
        torch.cuda.synchronize()


@cache
def _library() -> ctypes.CDLL:
    """CUDA's runtime as torch has loaded it."""
    version = torch.version.cuda
    if sys.platform != "linux" or version is None:
        raise GeneratorError("Processes share GPU memory with CUDA on Linux alone")
    try:
        library = ctypes.CDLL(f"libcudart.so.{version.split('.')[0]}")
    except OSError as error:
        raise GeneratorError("CUDA's runtime library cannot be reached", where=str(error)) from error
    library.cudaGetErrorString.restype = ctypes.c_char_p
    return library


def _check(status: int, what: str) -> None:
    if status:
        library = _library()
        library.cudaGetLastError()  # else torch's next call reports it
        why = library.cudaGetErrorString(status).decode("utf-8", "replace")
        raise GeneratorError(f"There is no {what}", where=why)
