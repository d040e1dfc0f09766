"""The parts by themselves: tiles, network, mirrors, colour, and the two rasters against each other."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from engine.generators.field.colour import (
    LIGHT_RANGE,
    TABLE_HUES,
    TABLE_LIGHTS,
    colour_table,
    lab_from_hex,
    srgb_from_lab,
)
from engine.generators.field.lattice import Lattice
from engine.generators.field.look import look_of
from engine.generators.field.materials import TILE, Materials, make_tile
from engine.generators.field.places import folded
from engine.generators.field.reference.network import wave
from engine.generators.field.reference.raster import CpuRaster, TorchRaster
from engine.generators.field.tile_store import tiles
from engine.generators.field.traits import NEUTRAL, TEXTURES, Trait
from tests.field.figure import input_frame


@pytest.mark.parametrize("texture", [Trait(index) for index in range(TEXTURES)])
def test_tiles_are_seamless_and_level(texture: Trait) -> None:
    tile = make_tile(texture)
    assert tile.shape == (TILE, TILE)
    assert tile.dtype == np.float32
    assert abs(float(tile.mean())) < 0.1
    assert 0.5 < float(tile.std()) < 1.1
    for turned in (tile, tile.T):
        steps = np.abs(np.diff(turned, axis=0)).mean(1)
        seam = np.abs(turned[0] - turned[-1]).mean()
        assert seam < 1.2 * steps.max()


def test_mixture_wraps() -> None:
    tiles = Materials([make_tile(Trait(index)) for index in range(TEXTURES)])
    mixed = tiles.mix(NEUTRAL)
    np.testing.assert_array_equal(mixed[0], mixed[-1])
    np.testing.assert_array_equal(mixed[:, 0], mixed[:, -1])


@pytest.mark.parametrize("facet", [0.0, 0.5, 1.0])
def test_wave_is_a_wave(facet: float) -> None:
    x = torch.linspace(-20.0, 20.0, 4001)
    y = wave(x.clone(), torch.tensor(facet), torch.empty_like(x))
    assert float(y.abs().max()) == pytest.approx(1.0, abs=1e-3)
    shifted = wave(x + 2 * torch.pi, torch.tensor(facet), torch.empty_like(x))
    torch.testing.assert_close(y, shifted, atol=1e-4, rtol=0.0)
    if facet == 0.0:
        assert float((y - torch.sin(x)).abs().max()) < 0.06


@pytest.mark.parametrize("symmetry", [0.0, 0.5, 1.0, 2.0, 3.7, 6.0, 12.0])
def test_mirrors_are_seamless(symmetry: float) -> None:
    """Neighbouring points look at neighbouring places: folds crease, they never tear."""
    lattice = Lattice(448, 448)
    x, y = folded(lattice, symmetry)
    step = 2.0 / lattice.columns
    middle = slice(lattice.columns // 2 - 3, lattice.columns // 2 + 3)
    for plane in (x, y):
        for axis in (0, 1):
            jump = np.abs(np.diff(plane, axis=axis))
            jump[middle, middle] = 0.0  # at the very centre all wedges meet
            assert jump.max() < 1.6 * step


def test_colours_survive_the_way_through_oklab() -> None:
    for text in ("ff8000", "123456", "ffffff", "00ff7f"):
        rgb = srgb_from_lab(lab_from_hex(text)) * 255.0
        np.testing.assert_allclose(rgb, [int(text[i : i + 2], 16) for i in (0, 2, 4)], atol=0.6)


@pytest.mark.parametrize("cut", [0.0, 1.0])
@pytest.mark.parametrize("contrast", [-1.4, 0.0, 1.8])
def test_colour_table_rises_from_black(cut: float, contrast: float) -> None:
    ramp = look_of("gold night").ramp
    table = colour_table(ramp, hue_degrees=30.0, chroma=0.3, contrast=contrast, dark=0.2, gloss=0.5, cut=cut)
    assert table.shape == (TABLE_LIGHTS, TABLE_HUES + 1, 4)
    assert table[..., :3].min() >= 0.0
    assert table[..., :3].max() <= 1.0
    np.testing.assert_array_equal(table[:, 0], table[:, -1])
    light = table[..., :3] @ np.array([0.3, 0.6, 0.1], np.float32)
    assert light[0].max() < 0.03
    assert (np.diff(light, axis=0) > -0.02).all()
    assert light[-1].min() > 0.4
    assert LIGHT_RANGE > 1.0


def test_both_rasters_agree() -> None:
    """The CUDA path's arithmetic, run on the CPU, gives the OpenCV path's pictures."""
    side = 448
    lattice = Lattice(side, side)
    cpu, plain = CpuRaster(lattice), TorchRaster(lattice, torch.device("cpu"))
    generator = torch.Generator().manual_seed(5)

    def both(method: str, *arguments: object, shape: tuple[int, ...]) -> tuple[torch.Tensor, torch.Tensor]:
        one, other = torch.zeros(shape), torch.zeros(shape)
        getattr(cpu, method)(*arguments, one)
        getattr(plain, method)(*arguments, other)
        return one, other

    def noise(*shape: int) -> torch.Tensor:
        return torch.rand(shape, generator=generator)

    picture, planes = noise(side, side, 4), noise(3, *lattice.shape)
    places = noise(2, side, side) * (side + 20) - 10
    cases = [
        both("enlarge", planes, shape=(3, side, side)),
        both("recolour", picture, noise(4, 4), shape=(side, side, 4)),
        both("spread", noise(side, side), shape=(side, side, 4)),
        both("halo", picture, shape=(side, side, 4)),
    ]
    for one, other in cases:
        torch.testing.assert_close(one, other, atol=2e-3, rtol=0.0)
    # OpenCV releases that round remap's fractions to a 32nd of a pixel are off by 1/16 on white noise.
    tile = noise(TILE + 1, TILE + 1)
    for one, other in (
        both("carry", picture, places, shape=(side, side, 4)),
        both("read_tile", tile, noise(2, side, side) * TILE, shape=(side, side)),
        both("read_table", noise(64, 257, 4), noise(side, side) * 256, noise(side, side) * 63, shape=(side, side, 4)),
    ):
        torch.testing.assert_close(one, other, atol=0.07, rtol=0.0)
    grey = torch.from_numpy(cv2.cvtColor(input_frame(3).image, cv2.COLOR_RGB2GRAY))
    light, edge = torch.zeros(side, side), torch.zeros(side, side)
    light_plain, edge_plain = torch.zeros(side, side), torch.zeros(side, side)
    cpu.ingest(grey, light, edge)
    plain.ingest(grey, light_plain, edge_plain)
    torch.testing.assert_close(light, light_plain, atol=1e-6, rtol=0.0)
    torch.testing.assert_close(edge, edge_plain, atol=0.03, rtol=0.0)
    one, other = (torch.zeros((side, side, 4), dtype=torch.uint8) for _ in range(2))
    cpu.to_bytes(picture, one)
    plain.to_bytes(picture, other)
    np.testing.assert_allclose(one.int(), other.int(), atol=1)


def test_tiles_are_kept_and_read_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HARDCUT_COMPILED", str(tmp_path))
    *_, (_, made) = tiles()
    ((share, kept),) = tiles()
    assert share == 1.0
    for one, other in zip(made, kept, strict=True):
        np.testing.assert_array_equal(one, other)
    (path,) = tmp_path.iterdir()
    torn = bytearray(path.read_bytes())
    torn[5000] ^= 1
    path.write_bytes(torn)
    *_, (_, again) = tiles()
    np.testing.assert_array_equal(again[0], made[0])
