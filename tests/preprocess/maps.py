"""Which maps can be made of any picture, here and without anything fetched."""

from engine.preprocess.registry import DEPTH

MAPS = tuple(
    # Not those whose weights are missing, nor what the pictures here do not tell.
    one.entry.id
    for one in DEPTH.entries()
    if not one.entry.needs and one.entry.id != "pose"
)
