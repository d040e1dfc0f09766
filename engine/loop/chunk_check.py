"""Tell whether what a generator returned is a chunk. Whatever it is, it is not played unless it is one.

A generator of another package may return anything; what is not a chunk has to be told as a fault of that generator,
with what is wrong, and must not be taken for a chunk that was abandoned.
"""

import numpy as np

from engine.errors import GeneratorError
from engine.generators.base import Chunk
from engine.messages.picture_format import PictureFormat, format_of


def check_chunk(made: object, frames: int, name: str, picture_format: PictureFormat = PictureFormat.SQUARE) -> Chunk:
    """Return the chunk.

    Args:
        frames: how many images it has to have; name: the generator's; picture_format: of the images.

    Raises:
        GeneratorError: it is no chunk, its images are not that many of uint8 [h, w, 4], or they are of another format;
            what is of none, the output refuses.
    """
    wanted = [*picture_format.shape, 4]
    if not isinstance(made, Chunk):
        raise GeneratorError(f"It returned {'nothing' if made is None else type(made).__name__}, no chunk", where=name)
    images: object = made.images
    if not isinstance(images, tuple) or len(images) != frames:
        count = len(images) if isinstance(images, tuple | list) else "no"
        raise GeneratorError(f"It returned {count} pictures instead of {frames}", where=name)
    for image in images:
        if not _is_picture(image, picture_format):
            kind = f"{image.dtype} {list(image.shape)}" if isinstance(image, np.ndarray) else type(image).__name__
            raise GeneratorError(f"It returned a picture that is {kind}, not uint8 {wanted}", where=name)
    return made


def _is_picture(image: object, picture_format: PictureFormat) -> bool:
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 4:
        return False
    return format_of(image.shape) in (None, picture_format)
