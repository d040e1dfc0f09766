"""What generators set in torch for the whole process, each in one place. Called on the engine thread."""

import os
from pathlib import Path
from typing import Final

import torch

_CACHE_VARIABLE: Final = "TORCHINDUCTOR_CACHE_DIR"


def use_threads(device: torch.device, count: int) -> None:
    """Let a computation on a CPU take so many threads; on another device nothing is changed."""
    if device.type == "cpu":
        torch.set_num_threads(count)


def keep_kernels(folder: Path) -> Path:
    """Let the compiler keep its work where the next start finds it, unless the user has named a place; the place.

    What torch itself names when it is imported is a folder for temporary files.
    """
    from torch._inductor.runtime.cache_dir_utils import default_cache_dir  # two seconds: only who compiles waits

    if os.environ.get(_CACHE_VARIABLE, default_cache_dir()) == default_cache_dir():
        os.environ[_CACHE_VARIABLE] = str(folder)
    return Path(os.environ[_CACHE_VARIABLE])


def allow_variants(count: int) -> None:
    """Let the compiler make at least so many variants of one function before it gives up and runs it as written."""
    settings = torch._dynamo.config  # noqa: SLF001 - torch's documented name for it
    settings.recompile_limit = max(settings.recompile_limit, count)
