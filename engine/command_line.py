"""A command line whose every mistake is one sentence and exit status 2."""

import argparse
from typing import Any, NoReturn


class SentenceParser(argparse.ArgumentParser):
    """argparse without the usage in front of its errors, and without guessing at shortened options.

    Args:
        speaker: who says what is wrong, at the beginning of the line.
        settings: argparse's own.
    """

    def __init__(self, *, speaker: str = "hardcut", **settings: Any) -> None:
        super().__init__(allow_abbrev=False, **settings)
        self._speaker = speaker

    def error(self, message: str) -> NoReturn:
        """Tell what is wrong and end."""
        stop = "" if message.endswith(".") else "."
        self.exit(2, f"{self._speaker}: {message[:1].upper()}{message[1:]}{stop}\n")
