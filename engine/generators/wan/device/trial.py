"""Trying a kernel the way a show will call it: compiled where stages are compiled, replayed where passes are replayed.

A kernel that is right when it is called alone may still be one that the compiler cannot lower or a graph cannot
record. A choice between kernels is therefore made by what comes out of a trial.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.generators.graph_capture import Recorder

Function = Callable[..., Tensor]


@dataclass(frozen=True, slots=True)
class Trial:
    """How functions are called in a show.

    Attributes:
        compile: compiles a function; None: it is called as it is written.
        record: makes a recorder of graphs; None: it is launched anew in each call.
    """

    compile: Callable[[Function], Function] | None = None
    record: Callable[[], Recorder] | None = None

    def run(self, function: Function, *arguments: Tensor, written: tuple[Tensor, ...] = ()) -> Tensor:
        """Return function(*arguments), computed as in a show.

        Args:
            written: those of the arguments that the function fills.

        Raises:
            Whatever compiling, recording or the function raises; see `kernel_errors`.
        """
        called = function if self.compile is None else self.compile(function)
        if self.record is None:
            return called(*arguments)
        made: list[Tensor] = []

        def work() -> None:
            made[:] = [called(*arguments)]

        replay = self.record().record(work)
        for tensor in (*made, *written):
            tensor.fill_(float("nan"))  # what is compared must be of the replay
        replay()
        return made[0].clone()


def compile_function(function: Function) -> Function:
    """Compile a function as the stages of a block are compiled."""
    compiled: Function = torch.compile(function, fullgraph=True, dynamic=False)
    return compiled
