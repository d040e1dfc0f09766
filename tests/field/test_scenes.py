"""The factory scenes: they load, they are many, and no two look alike."""

import cv2
import numpy as np
import numpy.typing as npt

from engine.generators.field import PARAMETERS, SPEC
from engine.generators.field.generator import FieldGenerator
from engine.generators.field.look import find_word
from engine.messages.frame import RgbxImage
from engine.messages.scenes import load_library
from tests.field.runs import Film, run

LIBRARY = load_library("field", PARAMETERS)


def test_scenes_load_without_a_fault() -> None:
    assert LIBRARY.faults == ()
    assert len(LIBRARY) >= 24
    assert SPEC.home_scene in LIBRARY
    assert next(iter(LIBRARY)) == SPEC.home_scene
    assert "Clear Glass" in LIBRARY


def test_prompts_are_mostly_known_words() -> None:
    for scene in LIBRARY.values():
        words = [word.strip(",.") for word in scene.prompt.split()]
        assert 4 <= len(words) <= 10, scene.name
        content = [
            word for word in words if word not in {"a", "an", "and", "at", "in", "of", "on", "over", "under", "with"}
        ]
        assert sum(find_word(word) is not None for word in content) >= 0.6 * len(content), scene.name


def _signature(image: RgbxImage) -> npt.NDArray[np.float32]:
    """Colours and structure: a Lab histogram, and edge orientation and band energies of the luminance."""
    rgb = np.ascontiguousarray(image[..., :3])
    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)
    histogram = cv2.calcHist([lab], [0, 1, 2], None, [4, 8, 8], [0, 256, 64, 192, 64, 192]).ravel()
    colours = np.sqrt(histogram / histogram.sum())
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    bands, previous = [], grey
    for sigma in (1.0, 2.0, 4.0, 8.0, 16.0):
        soft = cv2.GaussianBlur(grey, (0, 0), sigma)
        bands.append(float((previous - soft).std()))
        previous = soft
    dx, dy = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    angles, _ = np.histogram(np.arctan2(dy, dx) % np.pi, 8, (0.0, np.pi), weights=np.hypot(dx, dy))
    structure = np.concatenate((np.log1p(bands) / 6.0, angles / angles.sum()))
    return np.concatenate((colours, structure)).astype(np.float32)


def test_scenes_differ_pairwise(field: FieldGenerator, film: Film) -> None:
    signatures = {}
    for name, scene in LIBRARY.items():
        values = scene.values(PARAMETERS)
        images = run(field, [film.request(chunk, values, scene.prompt) for chunk in range(5)])
        signatures[name] = _signature(images[-1])
    names = list(signatures)
    for index, one in enumerate(names):
        for other in names[index + 1 :]:
            distance = float(np.linalg.norm(signatures[one] - signatures[other]))
            assert distance > 0.35, f"{one} and {other} look alike: {distance:.2f}"
