"""Tell a fault after which a GPU answers this process no more.

An illegal access, a failed assertion on the device or a GPU that fell off the bus end the process's context: every
later call fails, whoever makes it, until the process ends. Building the generator anew is no cure then.
Source: CUDA C++ Programming Guide, "Error Checking"; CUDA Runtime API, cudaErrorIllegalAddress and the errors that
"leave the process in an inconsistent state".
"""

from typing import Final

_SIGNS: Final = (
    "illegal memory access",
    "device-side assert",
    "unspecified launch failure",
    "illegal instruction",
    "misaligned address",
    "hardware stack error",
    "uncorrectable ecc",
    "gpu has fallen off the bus",
    "launch timed out and was terminated",
)

REMEDY: Final = "Start Hardcut again to play on the GPU; the output keeps its picture meanwhile."


def loses_device(error: BaseException) -> bool:
    """Return whether an exception, or one that led to it, says that the device is lost for this process."""
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        text = str(at).lower()
        if any(sign in text for sign in _SIGNS) and ("cuda" in text or "hip" in text or "gpu" in text):
            return True
        at = at.__cause__ or at.__context__
    return False
