"""Compiles the kernels of a library and keeps them: `python -m engine.jit.build MODULE`.

The only module that imports numba.
"""

import importlib
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from zipfile import ZipFile

import llvmlite.binding as llvm
import numba
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.extending import register_jitable

from engine.files import all_but_newest
from engine.jit.kernel import Kernel
from engine.jit.library import FAULT, Library, called_by, target_machine

_ALLOWED: Final = frozenset(
    {"memset", "memcpy", "memmove", "expf", "exp", "logf", "log", "powf", "pow", "sinf", "cosf", "sqrtf", "sqrt"}
)
"""Functions outside a kernel that it may call: every process has them."""


_compile: Any = numba.njit  # its stubs leave two options out
_passes: Any = DefaultPassBuilder.define_nopython_pipeline


class _Apart(CompilerBase):
    """Numba's own pipeline, told that no two arrays overlap, or loops over many would not become vector code."""

    def define_pipelines(self) -> list[Any]:
        self.state.flags.noalias = True
        return [_passes(self.state)]


OPTIONS: Final[Mapping[str, Any]] = {
    "nogil": True,
    "error_model": "numpy",
    "boundscheck": False,
    "_nrt": False,  # nothing is allocated, and no array's references are counted
    # Sums may be reordered, once and for all when compiled: the same code gives the same bytes. NaN and
    # infinity stay what they are, so that a clamp written as a comparison catches them.
    "fastmath": {"contract", "nsz", "reassoc", "arcp"},
    "pipeline_class": _Apart,
}


def compile_kernel(one: Kernel[*tuple[Any, ...]]) -> bytes:
    """Its object code for this processor, which stands on nothing else; the kernel's name is its only symbol.

    Raises:
        RuntimeError: it calls something outside itself.
    """
    for function in called_by(one.python):
        if function is not one.python:
            register_jitable(**OPTIONS)(function)
    compiled = _compile(one.signature, no_cpython_wrapper=True, no_cfunc_wrapper=True, **OPTIONS)(one.python)
    result = compiled.overloads[compiled.signatures[0]]
    module = llvm.parse_assembly(result.library.get_llvm_str())
    for function in module.functions:
        if function.name == result.fndesc.llvm_func_name:
            function.name = one.name
        elif not function.is_declaration:
            function.linkage = "internal"
    machine = target_machine()
    _optimise(module, machine)
    outside = {function.name for function in module.functions if function.is_declaration}
    foreign = {name for name in outside - _ALLOWED if not name.startswith("llvm.")}
    if foreign:
        raise RuntimeError(f"{one.name} calls {', '.join(sorted(foreign))}")
    return bytes(machine.emit_object(module))


def _optimise(module: Any, machine: Any) -> None:
    """What numba leaves: code without loops, such as four channels side by side, becomes vectors too.

    Not earlier, in numba's own passes: a loop whose body has pairs of alike operations would become vectors of
    two, and then no longer vectors of eight or sixteen.
    """
    tuning = llvm.create_pipeline_tuning_options(speed_level=3)
    tuning.loop_vectorization = False
    tuning.slp_vectorization = True
    builder = llvm.create_pass_builder(machine, tuning)
    passes = builder.getModulePassManager()
    passes.add_global_dead_code_eliminate_pass()
    passes.run(module, builder)


def build(library: Library) -> str:
    """Compile, check, and keep. Why its code is not to be used, or "": a failed check is kept in place of code."""
    members = {one.name: compile_kernel(one) for one in library.kernels}
    library.bind(members)
    fault = ""
    try:
        library.check()
    except AssertionError as error:
        fault = f"A compiled loop failed its check: {' '.join(str(error).split())}"
        members = {FAULT: fault.encode()}
    path = library.path()
    path.parent.mkdir(parents=True, exist_ok=True)
    _keep(members, path)
    _forget_others(library, path)
    return fault


def _keep(members: Mapping[str, bytes], path: Path) -> None:
    """Write the file aside and put it in place: whoever reads meanwhile sees a whole one."""
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file, ZipFile(file, "w") as kept:
        for name, data in members.items():
            kept.writestr(name, data)
    Path(file.name).replace(path)


def _forget_others(library: Library, path: Path) -> None:
    """Keep the newest few: another checkout or interpreter on this machine may still use them."""
    for old in all_but_newest(path.parent.glob(f"{library.name}-*.zip"), 8, path):
        old.unlink(missing_ok=True)


def main() -> int:
    library: Library = importlib.import_module(sys.argv[1]).LIBRARY
    fault = build(library)
    if fault:
        sys.stderr.write(f"{fault}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
