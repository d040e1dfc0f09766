"""Writes contact sheets: every scene of the field by torch (left) and by the compiled loops (right).

python -m tests.field.contact_sheets FOLDER [CHUNKS]      (20 chunks unless told otherwise)
"""

import sys
from pathlib import Path

import cv2
import numpy as np

from engine.generators.field import PARAMETERS
from engine.generators.field.choice import Method
from engine.generators.field.generator import FieldGenerator
from engine.messages.frame import RgbxImage
from engine.messages.scenes import load_library
from tests.field.runs import CHUNK_FRAMES, Film, run

_ACROSS, _DOWN = 2, 3


def pair(name: str, images: list[RgbxImage]) -> np.ndarray:
    """The pictures of one scene side by side under its name and how far they differ, BGR."""
    off = np.abs(images[0].astype(np.int16) - images[1].astype(np.int16))
    picture = np.hstack([image[..., 2::-1] for image in images])
    picture = cv2.copyMakeBorder(picture, 28, 4, 4, 4, cv2.BORDER_CONSTANT)
    text = f"{name}: torch | compiled, off by {off.mean():.2f} of 255, at most {off.max()}"
    return cv2.putText(picture, text, (8, 20), 0, 0.6, (255, 255, 255), 1, cv2.LINE_AA)


def main() -> int:
    folder, chunks = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 20
    folder.mkdir(parents=True, exist_ok=True)
    film, fields = (
        Film(16),
        [FieldGenerator("cpu", method=method, chunk_frames=CHUNK_FRAMES) for method in (Method.TORCH, Method.BEST)],
    )
    for field in fields:
        list(field.warm_up())
    pairs = []
    for name, scene in load_library("field", PARAMETERS).items():
        requests = [film.request(chunk, scene.values(PARAMETERS), scene.prompt) for chunk in range(chunks)]
        pairs.append(pair(name, [run(field, requests)[-1] for field in fields]))
    pairs += [np.zeros_like(pairs[0])] * (-len(pairs) % (_ACROSS * _DOWN))
    for sheet in range(0, len(pairs), _ACROSS * _DOWN):
        rows = [np.hstack(pairs[first : first + _ACROSS]) for first in range(sheet, sheet + _ACROSS * _DOWN, _ACROSS)]
        cv2.imwrite(str(folder / f"sheet-{sheet // (_ACROSS * _DOWN) + 1}.png"), np.vstack(rows))
    print(f"{len(pairs)} pairs in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
