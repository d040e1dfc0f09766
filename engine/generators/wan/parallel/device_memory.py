"""Memory of a GPU that other processes of this machine may read and write, through CUDA's runtime library.

Torch's own way of lending memory to another process counts who holds it, and keeps what a process that was killed has
not given back. A region here is lent for as long as its process lives, and serves one crew after the other; what is
opened of others is closed once they are not met again. The driver keeps the memory of a process that has ended until
then, so writing there harms nobody.

Sources: CUDA Runtime API, "Interprocess communication" (cudaIpcGetMemHandle, cudaIpcOpenMemHandle,
cudaIpcCloseMemHandle) and "Peer Device Memory Access" (cudaDeviceGetP2PAttribute).
"""

import ctypes
import sys
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Final

import torch

from engine.errors import GeneratorError

HANDLE_BYTES: Final = 64
"""CUDA_IPC_HANDLE_SIZE."""

_LAZY_PEER_ACCESS: Final = 1
"""cudaIpcMemLazyEnablePeerAccess: a GPU may reach what lies on another."""

_ATOMICS_BETWEEN: Final = 3
"""cudaDevP2PAttrNativeAtomicSupported."""

_opened: Final[dict[tuple[int, bytes], int]] = {}
"""Where regions of other processes lie, by device and handle. Of the thread that meets."""


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


def opened_region(device: int, handle: bytes) -> int:
    """The address on a device at which another process's region lies; it stays open until `close_others`.

    Raises:
        GeneratorError: it cannot be opened.
    """
    if (device, handle) in _opened:
        return _opened[device, handle]
    library = _library()
    address, named = ctypes.c_void_p(), _Handle.from_buffer_copy(handle)
    with torch.cuda.device(device):
        status = library.cudaIpcOpenMemHandle(ctypes.byref(address), named, ctypes.c_uint(_LAZY_PEER_ACCESS))
        _check(status, "another process's GPU memory")
    assert address.value is not None
    _opened[device, handle] = address.value
    return address.value


def close_others(device: int, handles: Collection[bytes]) -> None:
    """Close the regions that a device has open of other processes than these; nothing here writes there any more."""
    for opened in [one for one in _opened if one[0] == device and one[1] not in handles]:
        with torch.cuda.device(device):
            _library().cudaIpcCloseMemHandle(ctypes.c_void_p(_opened.pop(opened)))


def has_atomics(device: int, other: int) -> bool:
    """Whether a device's atomic operations on another's memory are such; over PCIe they need not be."""
    found = ctypes.c_int(0)
    status = _library().cudaDeviceGetP2PAttribute(
        ctypes.byref(found), ctypes.c_int(_ATOMICS_BETWEEN), ctypes.c_int(device), ctypes.c_int(other)
    )
    return not status and bool(found.value)


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
