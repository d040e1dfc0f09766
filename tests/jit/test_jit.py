"""Loops are compiled once, kept, loaded without numba, checked, and told of when they cannot be had."""

import os
import subprocess
import sys
import types
import weakref
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import tests.jit.loops
from engine.jit import Kernel, Library, NotCompiledError
from engine.jit.library import FAULT, WrongCodeError
from tests.jit.loops import LIBRARY, count, scale


@pytest.fixture(scope="module")
def trial() -> Library:
    LIBRARY.ensure()
    return LIBRARY


@pytest.fixture
def empty(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder in which nothing is compiled yet."""
    monkeypatch.setenv("HARDCUT_COMPILED", str(tmp_path))
    return tmp_path


def a_copy() -> Library:
    """The same library, nothing of it loaded."""
    kernels = [Kernel(one.python, one.signature) for one in LIBRARY.kernels]
    return Library(LIBRARY.name, LIBRARY.module, kernels, LIBRARY.check)


@given(
    source=arrays.arrays(
        np.float32, st.tuples(st.integers(0, 9), st.integers(0, 40)), elements=st.floats(-9, 9, width=32)
    )
)
def test_machine_code_computes_what_the_function_says(trial: Library, source: np.ndarray) -> None:
    mine, wanted = np.zeros_like(source), np.zeros_like(source)
    scale(source, mine, np.float32(0.5))
    scale.python(source, wanted, np.float32(0.5))
    np.testing.assert_allclose(mine, wanted, rtol=1e-6, atol=1e-6)


def test_integers_and_bytes_are_handed_over(trial: Library) -> None:
    out = np.zeros(1, np.int32)
    count(np.array([1, 200, 255, 199], np.uint8), 200, out)
    assert out[0] == 2


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((4, 4), np.float64),
        np.zeros(16, np.float32),
        np.zeros((4, 8), np.float32)[:, ::2],
        np.zeros((4, 4), np.float32).T[:2],
    ],
)
def test_what_does_not_fit_is_refused_before_it_is_read(trial: Library, wrong: np.ndarray) -> None:
    with pytest.raises(TypeError, match="is wanted, not"):
        scale(wrong, np.zeros((4, 4), np.float32), np.float32(0.0))
    with pytest.raises(TypeError, match="3 arguments, not 1"):
        scale(np.zeros((4, 4), np.float32))  # type: ignore[call-arg]


def test_arrays_are_not_held_nor_mistaken_for_one_another(trial: Library) -> None:
    source = np.ones((2, 2), np.float32)
    held = weakref.ref(source)
    out = np.zeros_like(source)
    for factor in (1.0, 2.0):  # the same array again, changed
        source[:] = factor
        scale(source, out, np.float32(0.0))
        np.testing.assert_array_equal(out, 3.0 * factor)
    del source
    assert held() is None
    scale(np.full((2, 2), 5.0, np.float32), out, np.float32(0.0))
    np.testing.assert_array_equal(out, 15.0)


def test_an_unloaded_loop_says_so() -> None:
    (one, _) = a_copy().kernels
    with pytest.raises(RuntimeError, match="before its library was loaded"):
        one()


def test_what_is_kept_is_loaded_without_numba(trial: Library) -> None:
    code = (
        "import sys; from tests.jit.loops import LIBRARY; LIBRARY.load(); LIBRARY.check();"
        "sys.exit('numba' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_nothing_kept_is_told_compiled_and_kept(empty: Path, caplog: pytest.LogCaptureFixture) -> None:
    library = a_copy()
    with pytest.raises(NotCompiledError, match=r"Nothing is compiled yet \(trial\)\. Run: hardcut setup-kernels\."):
        library.load()
    assert library.ensure() == "Nothing is compiled yet"
    assert "Compiling now" in caplog.text
    assert [path.name for path in empty.iterdir()] == [library.path().name]
    assert a_copy().ensure() == ""


def test_other_code_wants_compiling_again(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = LIBRARY.path()
    before.touch()
    monkeypatch.setattr(tests.jit.loops, "FACTOR", 4.0)  # a number that a called function reads
    assert LIBRARY.path() != before
    with pytest.raises(NotCompiledError, match="compiled is for other code or another processor"):
        a_copy().load()


def test_numbers_of_other_modules_count_too() -> None:
    numbers = types.ModuleType("numbers")
    space: dict[str, object] = {"numbers": numbers}
    exec("def read(out):\n    out[0] = numbers.ONE", space)
    numbers.ONE = 1  # type: ignore[attr-defined]
    library = Library("other", "other", [Kernel(space["read"], "void(float32[::1])")], lambda: None)  # type: ignore[arg-type]
    first = library.path()
    numbers.ONE = 2  # type: ignore[attr-defined]
    assert library.path() != first


def test_a_damaged_file_is_told(empty: Path) -> None:
    library = a_copy()
    library.path().write_bytes(b"PK\x03\x04 torn")
    with pytest.raises(NotCompiledError, match="What is kept cannot be read"):
        library.load()
    library.ensure()
    assert library.loaded


def test_a_failed_check_is_kept_and_not_compiled_again(empty: Path) -> None:
    library = a_copy()
    with zipfile.ZipFile(library.path(), "w") as kept:
        kept.writestr(FAULT, "A compiled loop failed its check: a picture is off by 9 of 255")
    with pytest.raises(WrongCodeError, match="off by 9"):
        library.ensure()
    assert not library.loaded


def test_a_check_that_fails_while_compiling_leaves_no_code(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.jit.build import build

    def check() -> None:
        raise AssertionError("half of it\nis wrong")

    library = Library("trial", LIBRARY.module, a_copy().kernels, check)
    assert build(library) == "A compiled loop failed its check: half of it is wrong"
    with pytest.raises(WrongCodeError, match="half of it is wrong"):
        a_copy().load()


def test_a_loop_that_calls_outside_is_refused() -> None:
    from engine.jit.build import compile_kernel

    def prints(out: np.ndarray) -> None:
        print(out[0])

    with pytest.raises(RuntimeError, match="calls "):
        compile_kernel(Kernel(prints, "void(float32[::1])"))


def test_without_numba_the_reason_is_told(empty: Path) -> None:
    code = (
        "import importlib.util as u; find = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name == 'numba' else find(name, *rest)\n"
        "from tests.jit.loops import LIBRARY\n"
        "LIBRARY.ensure()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=dict(os.environ)
    )
    assert done.returncode == 1
    assert "numba is not installed (trial)." in done.stderr
