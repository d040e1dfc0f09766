"""Where Python keeps compiled modules when it would keep none: PyTorch and its compiler alone load 1,300.

Installers that do not compile, folders that are read only and PYTHONDONTWRITEBYTECODE, together as in many container
images, let each start compile all of them anew. Python checks what it keeps against the source's time and size.
"""

import importlib.util
import os
import sys
from pathlib import Path
from typing import Final

_PREFIX_VARIABLE: Final = "PYTHONPYCACHEPREFIX"
_LARGEST: Final = "torch"


def keep_modules(folder: Path, package: str = _LARGEST) -> bool:
    """Let Python keep what it compiles from now on in a folder, where it would keep none of a package; whether it does.

    Called before the package is imported, and before threads start: processes started later are told by their
    environment. Nothing changes where the user has named a place, or the package is compiled already, not installed,
    frozen, or in a place where Python may write. PYTHONDONTWRITEBYTECODE is there to keep files from lying beside
    sources, and none will.
    """
    if sys.pycache_prefix is not None or package in sys.modules:
        return False
    spec = importlib.util.find_spec(package)
    if spec is None or spec.cached is None or spec.origin is None or Path(spec.cached).exists():
        return False
    if not sys.dont_write_bytecode and os.access(Path(spec.origin).parent, os.W_OK):
        return False
    sys.pycache_prefix = os.environ[_PREFIX_VARIABLE] = str(folder)
    sys.dont_write_bytecode = False
    return True
