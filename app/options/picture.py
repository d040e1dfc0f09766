"""Options of what plays."""

import argparse
from pathlib import Path

from app.options.reading import Group, read_by
from engine.generators.ranks import asked_ranks
from engine.generators.registry import DEFAULT_GENERATOR, generator_names
from engine.messages.picture_format import PictureFormat
from engine.preprocess.registry import DEFAULT_DEPTH, DEPTH, SECOND_SOURCE, find_depth
from engine.sources.registry import parse_source


def add_picture(group: Group) -> None:
    """Add the options of what plays."""
    group.add_argument(
        "--source",
        type=read_by(lambda text: str(parse_source(text))),
        default="stage",
        metavar="SOURCE",
        help="stage, stage:close, stage:duo or stage:abstract (built in), camera:N, camera:NAME, camera:URL, file:PATH,"
        " screen, screen:TITLE, screen:X,Y,WxH, ndi:NAME, or a plug-in's",
    )
    group.add_argument(
        "--show",
        default="",
        metavar="FILE|none",
        help="a saved show to open, or none: begin afresh and keep nothing (the show that is kept)",
    )
    group.add_argument("--scene", default="", metavar="NAME", help="the scene to begin with")
    names = generator_names()
    group.add_argument(
        "--generator", default=DEFAULT_GENERATOR, metavar="NAME", choices=names, help=f"what dreams: {', '.join(names)}"
    )
    group.add_argument(
        "--format",
        choices=[one.value for one in PictureFormat],
        default=PictureFormat.SQUARE.value,
        help="the picture's: square 448x448, wide 592x336 for 16:9, tall 336x592 for 9:16 (square)",
    )
    group.add_argument(
        "--gpus",
        type=read_by(asked_ranks),
        default=1,
        metavar="N|all",
        help="with a Wan model: so many GPUs share each chunk; without any, so many processes (1)",
    )
    depths = DEPTH.ids()
    group.add_argument(
        "--depth",
        default=DEFAULT_DEPTH,
        type=read_by(_depth),
        metavar="NAME",
        help=f"what estimates depth where the source knows none: {', '.join(depths)}, model:FOLDER, or external:SOURCE",
    )
    group.add_argument(
        "--quality",
        type=_quality,
        metavar="auto|full|N",
        help="simpler where the machine is too slow (auto), never, or held N steps simpler",
    )
    group.add_argument(
        "--reference", type=Path, metavar="FILE", help="with a Wan model: a picture that every cut begins with"
    )
    group.add_argument("--seed", type=_seed, default=0, metavar="N", help="where all chance comes from (0)")
    group.add_argument("--playlist", type=Path, metavar="FILE.txt", help="prompts to step through, one a line")
    group.add_argument("--cues", type=Path, metavar="FILE.toml", help="a cue list to step through")


def _depth(text: str) -> str:
    find_depth(text)
    if text.startswith(SECOND_SOURCE):
        parse_source(text.removeprefix(SECOND_SOURCE))
    return text


def _quality(text: str) -> int | None:
    if text == "auto":
        return None
    if text != "full" and (not text.isdecimal() or not 0 < int(text) < 100):
        raise argparse.ArgumentTypeError(f"{text!r} is no quality; write auto, full, or how many steps simpler: 1, 2 …")
    return 0 if text == "full" else int(text)


def _seed(text: str) -> int:
    if not text.isdecimal() or int(text) >= 2**63:
        raise argparse.ArgumentTypeError(f"{text!r} is not a seed; write a whole number from 0 to 2^63 - 1.")
    return int(text)
