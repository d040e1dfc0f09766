"""The one cleaner of text that came from outside: names on the network, files, devices, what other programs send.

A terminal obeys escape codes, a log believes what looks like a line of its own, and a text that turns its direction
shows another name than it has. What a person is shown goes through here; what the program works with stays as it is.
"""

import re
from typing import Final

INSTEAD: Final = "\N{REPLACEMENT CHARACTER}"

_UNSEEN: Final = (
    r"\x00-\x1f\x7f-\x9f"  # control characters, C0 and C1
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # which turn the direction of writing (Unicode, UAX 9)
    r"\u2028\u2029"  # line and paragraph separators
    r"\ud800-\udfff"  # halves of characters: no encoding writes them
    r"\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"  # marks and tags that nobody sees
)
_IN_A_LINE: Final = re.compile(f"[{_UNSEEN}]")
_IN_LINES: Final = re.compile(rf"(?!\n|\t)[{_UNSEEN}]")


def cleaned(text: str) -> str:
    """Return a text of one line without what a terminal or a window would obey; a tab or a new line becomes a space."""
    if text.isascii() and text.isprintable():
        return text
    return _IN_A_LINE.sub(INSTEAD, text.replace("\t", " ").replace("\r\n", " ").replace("\n", " "))


def cleaned_lines(text: str) -> str:
    """Return the same of a text of several lines, which keeps its new lines and tabs."""
    return _IN_LINES.sub(INSTEAD, text)
