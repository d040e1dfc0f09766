"""Text that may come from elsewhere (a name on the network, a file), made safe to show in a terminal, window or log."""

import re
from typing import Final

_UNSAFE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029"  # C0 and C1: a terminal obeys them; two ways to break a line
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # directions: what is read is not what stands there
    "\ufeff\ufff9-\ufffb\ud800-\udfff]"  # invisible marks; halves of characters
)


def printable(text: str) -> str:
    """Return a text on one line, what a terminal would obey or a reader not see written as \\x1b or \\u202e."""
    return _UNSAFE.sub(_written, text) if _UNSAFE.search(text) else text


def _written(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
