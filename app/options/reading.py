"""What the groups of options share."""

import argparse
from collections.abc import Callable
from typing import TypeVar

from engine.errors import EngineError

T = TypeVar("T")

Group = argparse._ArgumentGroup  # noqa: SLF001 - argparse gives its type no public name


def read_by(read: Callable[[str], T]) -> Callable[[str], T]:
    """Return a type for argparse: what `read` returns; its EngineError becomes a mistake on the command line."""

    def reader(text: str) -> T:
        try:
            return read(text)
        except EngineError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return reader
