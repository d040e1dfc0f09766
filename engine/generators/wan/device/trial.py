"""Trying a kernel the way a show will call it: compiled where stages are compiled, replayed where passes are replayed.

A kernel that is right when it is called alone may still be one that the compiler cannot lower or a graph cannot
record. A choice between kernels is therefore made by what comes out of a trial.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from engine.generators.graph_capture import Recorder

Function = Callable[..., Any]
"""Of tensors, that returns one or a tuple of them."""


@dataclass(frozen=True, slots=True)
class Trial:
    """How functions are called in a show.

    Attributes:
        compile: compiles a function; None: it is called as it is written.
        record: makes a recorder of graphs; None: it is launched anew in each call.
    """

    compile: Callable[[Function], Function] | None = None
    record: Callable[[], Recorder] | None = None

    def run(self, function: Callable[..., Tensor], *arguments: Tensor, written: tuple[Tensor, ...] = ()) -> Tensor:
        """The same of a function that returns one tensor; see `run_all`."""

        def work(*given: Tensor) -> tuple[Tensor, ...]:
            return (function(*given),)

        return self.run_all(work, *arguments, written=written)[0]

    def run_all(
        self, function: Callable[..., tuple[Tensor, ...]], *arguments: Tensor, written: tuple[Tensor, ...] = ()
    ) -> tuple[Tensor, ...]:
        """Return function(*arguments), computed as in a show. None of it may be one of the arguments.

        Args:
            written: those of the arguments that the function fills.

        Raises:
            Whatever compiling, recording or the function raises; see `kernel_errors`.
        """
        called = function if self.compile is None else self.compile(function)
        if self.record is None:
            return tuple(called(*arguments))
        made: list[Tensor] = []

        def work() -> None:
            made[:] = called(*arguments)

        replay = self.record().record(work)
        for tensor in (*made, *written):
            tensor.fill_(float("nan"))  # what is compared must be of the replay
        replay()
        return tuple(one.clone() for one in made)


def compile_function(function: Function) -> Function:
    """Compile a function as the stages of a block are compiled."""
    compiled: Function = torch.compile(function, fullgraph=True, dynamic=False)
    return compiled
