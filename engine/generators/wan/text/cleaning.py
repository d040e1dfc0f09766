"""Prompts cleaned as Wan's own tokenizer cleans them before it reads them (Wan2.1, wan/modules/tokenizers.py).

Curly quotes become straight ones, broken encodings are mended and entities of HTML written out: otherwise the encoder
is given tokens that it was not trained on.
"""

import html
from importlib.util import find_spec
from typing import Final

MENDS: Final = find_spec("ftfy") is not None
"""Whether ftfy is there, which mends encodings and quotes."""

WITHOUT: Final = "prompts are read as they are typed, curly quotes and all: pip install 'hardcut[wan]'"
"""What is lost where it is not."""


def cleaned(text: str) -> str:
    """The prompt as the encoder is to read it: mended, without entities, with single spaces."""
    if MENDS:
        import ftfy

        text = ftfy.fix_text(text)
    return " ".join(html.unescape(html.unescape(text)).split())
