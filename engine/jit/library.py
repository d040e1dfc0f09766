"""Kernels that are compiled, kept and loaded together."""

import hashlib
import importlib.util
import logging
import os
import platform
import subprocess
import sys
import threading
import types
import zipfile
from collections.abc import Callable, Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import numpy as np

from engine import folders
from engine.errors import EngineError
from engine.files import ARCHIVE_FAULTS
from engine.jit.kernel import Kernel

_log = logging.getLogger(__name__)

_FORMAT: Final = "1"
FAULT: Final = "fault.txt"
"""Member of a kept file that holds no code but the reason why."""

_PACKAGES: Final = ("numba", "llvmlite", "numpy")
"""Whose versions decide what code is made."""


class NotCompiledError(EngineError):
    """There is no machine code to load."""


class WrongCodeError(NotCompiledError):
    """The machine code failed its check when it was compiled, and would again."""


class Library:
    """Kernels of one component.

    Args:
        name: of the kept file.
        module: the module that holds this library as LIBRARY; the compiling process imports it.
        kernels: all of them, with different names.
        check: run on freshly compiled kernels; raises AssertionError where one does not compute what it should.
    """

    def __init__(self, name: str, module: str, kernels: Sequence[Kernel[*tuple[Any, ...]]], check: Callable[[], None]):
        self.name: Final = name
        self.module: Final = module
        self.kernels: Final = tuple(kernels)
        self.check: Final = check
        self._engine: object = None
        self._loading = threading.Lock()

    @property
    def loaded(self) -> bool:
        return self._engine is not None

    def path(self) -> Path:
        """Where its code is kept: another place for another processor, source or version of the compilers.

        Raises:
            NotCompiledError: llvmlite is missing.
        """
        return cache_folder() / f"{self.name}-{self._digest()}.zip"

    def load(self) -> None:
        """Make the kernels callable from what is kept; from any thread.

        Raises:
            NotCompiledError: nothing is kept for this processor and source, or it is damaged.
            WrongCodeError: it failed its check.
        """
        # Bound twice, kernels would lose the code that another thread may be running.
        with self._loading:
            if not self.loaded:
                self.bind(self.kept())

    def kept(self) -> dict[str, bytes]:
        """Return the object code by the kernels' names.

        Raises:
            NotCompiledError, WrongCodeError: see load.
        """
        path = self.path()
        try:
            with zipfile.ZipFile(path) as kept:
                members = {name: kept.read(name) for name in kept.namelist()}
        except FileNotFoundError:
            stale = any(path.parent.glob(f"{self.name}-*.zip"))
            what = "What is compiled is for other code or another processor" if stale else "Nothing is compiled yet"
            raise NotCompiledError(what, where=self.name, remedy="Run: hardcut setup-kernels.") from None
        except ARCHIVE_FAULTS as error:
            raise NotCompiledError(f"What is kept cannot be read: {error}", where=str(path)) from error
        if FAULT in members:
            raise WrongCodeError(members[FAULT].decode("utf-8", "replace"), where=self.name)
        return members

    def bind(self, objects: dict[str, bytes]) -> None:
        """Load object code by the kernels' names."""
        import llvmlite.binding as llvm

        machine = target_machine()
        engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
        for one in self.kernels:
            engine.add_object_file(llvm.ObjectFileRef.from_data(objects[one.name]))
        engine.finalize_object()
        for one in self.kernels:
            one.bind(engine.get_function_address(one.name))
        self._engine = engine  # the code lives as long as this

    def build(self) -> None:
        """Compile, check and keep the kernels, in a process of its own (numba would stay in this one's memory).

        Raises:
            NotCompiledError: it could not be done.
        """
        if importlib.util.find_spec("numba") is None:
            raise NotCompiledError("numba is not installed", where=self.name)
        command = [sys.executable, "-m", "engine.jit.build", self.module]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            lines = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
            told = next((line for line in reversed(lines) if "Error" in line), lines[-1])
            raise NotCompiledError(f"Compiling failed: {told}", where=self.name)

    def ensure(self) -> str:
        """Load the kernels; compile them first where that has not been done. Why that was needed in a clause, or "".

        Raises:
            NotCompiledError: they cannot be had.
        """
        try:
            self.load()
        except WrongCodeError:
            raise
        except NotCompiledError as reason:
            _log.warning("%s Compiling now, which takes some seconds.", reason)
            self.build()
            self.load()
            return reason.what
        return ""

    def _digest(self) -> str:
        try:
            import llvmlite.binding as llvm
        except ImportError:
            raise NotCompiledError("llvmlite is not installed", where=self.name) from None
        text = hashlib.sha256()
        versions = [f"{name} {_version(name)}" for name in _PACKAGES]
        processor = (llvm.get_process_triple(), llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten())
        for part in (_FORMAT, platform.python_version(), *versions, *processor):
            text.update(part.encode() + b"\0")
        text.update(_source_of_build())
        for one in self.kernels:
            text.update(f"{one.name} {one.signature}\0".encode())
            for function in called_by(one.python):
                text.update(repr(_essence(function)).encode())
        return text.hexdigest()[:16]


def _source_of_build() -> bytes:
    """How it is compiled decides too; where sources do not travel with the program, _FORMAT stands for it."""
    spec = importlib.util.find_spec("engine.jit.build")  # without importing numba
    path = Path(spec.origin) if spec is not None and spec.origin is not None else None
    return path.read_bytes() if path is not None and path.is_file() and path.suffix == ".py" else b""


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def target_machine() -> Any:
    """llvmlite's TargetMachine for code that runs in this process on this processor."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_triple(llvm.get_process_triple())
    features = llvm.get_host_cpu_features().flatten()
    return target.create_target_machine(cpu=llvm.get_host_cpu_name(), features=features, opt=3, jit=True)


def cache_folder() -> Path:
    """Where compiled code is kept: HARDCUT_COMPILED, or a cache of the user's, which may be deleted at any time."""
    if named := os.environ.get("HARDCUT_COMPILED"):
        return Path(named)
    return folders.cache_folder() / "compiled"


def called_by(function: Callable[..., Any]) -> Iterator[types.FunctionType]:
    """The function and, once each, every plain function that it calls by a global name, directly or not."""
    waiting, seen = [function], set()
    while waiting:
        one = waiting.pop()
        if not isinstance(one, types.FunctionType) or one in seen:
            continue
        seen.add(one)
        yield one
        waiting += [one.__globals__[name] for name in one.__code__.co_names if name in one.__globals__]


def _essence(function: types.FunctionType) -> object:
    """What decides a function's machine code: its own code and the numbers that it reads from modules."""
    code = function.__code__
    scopes = [function.__globals__]
    scopes += [vars(scope) for name in code.co_names if isinstance(scope := scopes[0].get(name), types.ModuleType)]
    found = [(name, scope[name]) for scope in scopes for name in code.co_names if name in scope]
    numbers = [(name, repr(value)) for name, value in found if isinstance(value, int | float | np.generic | tuple)]
    return function.__name__, code.co_code, code.co_names, code.co_varnames, code.co_consts, numbers
