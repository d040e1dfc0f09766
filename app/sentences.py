"""A command line whose every mistake is one sentence and exit status 2."""

import argparse
from typing import NoReturn


class SentenceParser(argparse.ArgumentParser):
    """argparse without the usage in front of its errors."""

    def error(self, message: str) -> NoReturn:
        """Tell what is wrong and end."""
        stop = "" if message.endswith(".") else "."
        self.exit(2, f"hardcut: {message[:1].upper()}{message[1:]}{stop}\n")
