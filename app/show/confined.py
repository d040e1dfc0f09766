"""What a show that came as a file may not do here, whoever made it: have files written, or any file read as prompts."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import PurePath
from typing import Final

from app.show.document import ListPlace, Sent, Show
from engine.errors import EngineError
from engine.output.sinks.registry import confined_sink, parse_sink

_PROMPTS: Final = frozenset({".txt", ".md"})
"""Endings of a playlist; a key or a password lies in none of them, and would be told as prompts."""


def confined(show: Show, told: list[str], on: Collection[str] = ()) -> Show:
    """The show without what is not for a file to say, each told in a sentence.

    Args:
        show: checked: its sinks can be read.
        on: sinks that a hand has switched on here: the show may go on with them.
    """
    sinks = list[str]()
    for text in show.sent.sinks:
        if text in on:
            sinks.append(text)
            continue
        try:
            sinks.append(str(confined_sink(parse_sink(text))))
        except EngineError as error:
            told.append(f"{error} The show's {text.partition(':')[0]} stays off.")
    if show.sent.sinks and not sinks:
        sinks = list(Sent().sinks)
    show = replace(show, sent=replace(show.sent, sinks=tuple(dict.fromkeys(sinks))))
    if show.playlist.path and PurePath(show.playlist.path).suffix.lower() not in _PROMPTS:
        told.append(f"The playlist {PurePath(show.playlist.path).name} is no .txt: the show plays without it.")
        show = replace(show, playlist=ListPlace())
    return show
