"""Learned depth on random weights: as transformers' own pipeline, and in time as a call over the whole clip."""

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from bench.probes.random_depth import tiny_config
from engine.errors import DepthError
from engine.messages.frame import RgbImage
from engine.preprocess.base import close_estimator
from engine.preprocess.learned.cards import DepthKind, depth_cards, read_depth_card
from engine.preprocess.learned.device import DepthDevice
from engine.preprocess.learned.estimator import LearnedEstimator, learned_estimator
from engine.preprocess.learned.network import Network, PictureForm, form_in
from engine.preprocess.learned.pictures import PictureNetwork
from engine.preprocess.learned.temporal import WINDOW
from engine.preprocess.learned.video import VideoDepth, VideoNetwork, small_config
from engine.preprocess.learned.video_names import renamed
from engine.preprocess.registry import build_depth, find_depth
from tests.preprocess.pictures import clouds, dancer, flat, frame

CPU = torch.device("cpu")
HEIGHT, WIDTH = 42, 56


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    """What a model sets for the process is set back."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def randomised(module: torch.nn.Module, seed: int) -> None:
    """Draw every weight; transformers' own beginnings are all but zero."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in module.parameters():
            weight.copy_(torch.randn(weight.shape, generator=generator) / max(weight.shape[-1], 1) ** 0.5)


def picture(seed: int) -> RgbImage:
    return np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    from transformers import DepthAnythingForDepthEstimation, DPTImageProcessorPil
    from transformers.utils import logging

    logging.disable_progress_bar()
    torch.manual_seed(1)
    model = DepthAnythingForDepthEstimation(tiny_config())
    randomised(model, 1)
    model.save_pretrained(tmp_path)
    processor = DPTImageProcessorPil(
        size={"height": HEIGHT, "width": WIDTH},
        ensure_multiple_of=14,
        image_mean=[0.5, 0.4, 0.3],
        image_std=[0.2, 0.3, 0.25],
    )
    processor.save_pretrained(tmp_path)
    return tmp_path


def test_a_picture_gives_what_transformers_own_pipeline_gives(folder: Path) -> None:
    from PIL import Image
    from transformers import AutoModelForDepthEstimation, DPTImageProcessorPil, pipeline

    image = picture(3)
    theirs = pipeline(
        "depth-estimation",
        model=AutoModelForDepthEstimation.from_pretrained(folder),
        image_processor=DPTImageProcessorPil.from_pretrained(folder),
        device=CPU,
    )(Image.fromarray(image))["predicted_depth"]
    ours = PictureNetwork(folder, DepthDevice(CPU)).see(image)
    assert ours.std() > 0.01
    assert np.abs(ours - theirs.reshape(ours.shape).numpy()).max() < 1e-4 * np.abs(ours).max()


def test_metres_become_nearness(folder: Path) -> None:
    from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation

    config = DepthAnythingConfig(**{**tiny_config().to_dict(), "depth_estimation_type": "metric", "max_depth": 20})
    model = DepthAnythingForDepthEstimation(config)
    randomised(model, 2)
    model.save_pretrained(folder)
    network, image = PictureNetwork(folder, DepthDevice(CPU)), picture(4)
    metres = model.eval()(pixel_values=network.form.formed(image)).predicted_depth[0].detach().numpy()
    assert np.allclose(network.see(image), 1 / np.maximum(metres, 0.05), rtol=1e-4)


def test_pictures_of_any_shape_become_whole_patches() -> None:
    assert PictureForm(multiple=14).size(448, 448) == (448, 448)
    assert PictureForm(multiple=14).size(336, 592) == (336, 588)
    assert PictureForm(multiple=14, edge=224).size(448, 448) == (224, 224)
    assert PictureForm(multiple=32).size(1, 5000) == (32, 4992)


@pytest.fixture
def video() -> VideoDepth:
    torch.manual_seed(5)
    model = VideoDepth(tiny_config())
    randomised(model, 5)
    return model.eval().requires_grad_(False)


def test_streaming_gives_what_one_call_over_the_window_gives(video: VideoDepth) -> None:
    video.double()  # so that what differs is more than rounding
    clip = torch.randn((WINDOW, 3, 28, 28), generator=torch.Generator().manual_seed(6)).double()
    whole, kept = video(clip)
    past, found = None, []
    for number in range(WINDOW):
        depth, past = video(clip[number : number + 1], past)
        found.append(depth)
    assert past is not None
    scale = float(whole.abs().max())
    assert float((torch.cat(found) - whole).abs().max()) < 1e-9 * scale
    for module, other in zip(past, kept, strict=True):
        for one, two in zip(module, other, strict=True):
            assert one is not None and two is not None
            assert one.shape[1] == WINDOW - 1
            assert torch.allclose(one, two, atol=1e-9)
    alone, _ = video(clip[-1:])
    assert float((alone - whole[-1:]).abs().max()) > 0.01 * scale  # the frames before count
    later, past = video(clip[:1], past)  # and it goes on behind the window
    assert torch.isfinite(later).all()
    published, _ = video(clip, causal=False)
    assert float((published - whole).abs().max()) > 0.001 * scale  # whole clips, as published, also look ahead


def test_without_time_it_is_depth_anything(video: VideoDepth) -> None:
    for module in video.temporal:
        torch.nn.init.zeros_(module.proj_out.weight)
        torch.nn.init.zeros_(module.proj_out.bias)
    clip = torch.randn((3, 3, 28, 28), generator=torch.Generator().manual_seed(7))
    assert torch.allclose(video(clip)[0], video.spatial(pixel_values=clip).predicted_depth, rtol=1e-4, atol=1e-4)


def published_names(model: VideoDepth) -> dict[str, torch.Tensor]:  # noqa: C901 - a list of names
    """The model's weights under published names, by their shapes alone: the inverse of what is read, written apart."""
    state, found = model.state_dict(), {}
    backbone, neck = "spatial.backbone", "spatial.neck"

    def take(theirs: str, ours: str) -> None:
        for kind in ("weight", "bias"):
            if f"{ours}.{kind}" in state:
                found[f"{theirs}.{kind}"] = state[f"{ours}.{kind}"]

    for name in ("cls_token", "mask_token"):
        found[f"pretrained.{name}"] = state[f"{backbone}.embeddings.{name}"]
    found["pretrained.pos_embed"] = state[f"{backbone}.embeddings.position_embeddings"]
    take("pretrained.patch_embed.proj", f"{backbone}.embeddings.patch_embeddings.projection")
    take("pretrained.norm", f"{backbone}.layernorm")
    for layer in range(4):
        theirs, ours = f"pretrained.blocks.{layer}", f"{backbone}.encoder.layer.{layer}"
        for kind in ("weight", "bias"):
            found[f"{theirs}.attn.qkv.{kind}"] = torch.cat([state[f"{ours}.attention.{q}_proj.{kind}"] for q in "qkv"])
        take(f"{theirs}.attn.proj", f"{ours}.attention.o_proj")
        for part in ("norm1", "norm2", "mlp.fc1", "mlp.fc2"):
            take(f"{theirs}.{part}", f"{ours}.{part}")
        for which in (1, 2):
            found[f"{theirs}.ls{which}.gamma"] = state[f"{ours}.layer_scale{which}.lambda1"]
        take(f"head.projects.{layer}", f"{neck}.reassemble_stage.layers.{layer}.projection")
        take(f"head.resize_layers.{layer}", f"{neck}.reassemble_stage.layers.{layer}.resize")
        take(f"head.scratch.layer{layer + 1}_rn", f"{neck}.convs.{layer}")
        theirs, ours = f"head.scratch.refinenet{4 - layer}", f"{neck}.fusion_stage.layers.{layer}"
        take(f"{theirs}.out_conv", f"{ours}.projection")
        for unit in (1, 2):
            for conv in (1, 2):
                take(f"{theirs}.resConfUnit{unit}.conv{conv}", f"{ours}.residual_layer{unit}.convolution{conv}")
        theirs, ours = f"head.motion_modules.{layer}.temporal_transformer", f"temporal.{layer}"
        for part in ("norm", "proj_in", "proj_out"):
            take(f"{theirs}.{part}", f"{ours}.{part}")
        block = f"{theirs}.transformer_blocks.0"
        for which in (0, 1):
            for part in ("to_q", "to_k", "to_v"):
                take(f"{block}.attention_blocks.{which}.{part}", f"{ours}.attentions.{which}.{part}")
            take(f"{block}.attention_blocks.{which}.to_out.0", f"{ours}.attentions.{which}.to_out")
            found[f"{block}.attention_blocks.{which}.pos_encoder.pe"] = torch.zeros(1, 32, 8)
            take(f"{block}.norms.{which}", f"{ours}.norms.{which}")
        take(f"{block}.ff_norm", f"{ours}.forward_norm")
        take(f"{block}.ff.net.0.proj", f"{ours}.gated.widen")
        take(f"{block}.ff.net.2", f"{ours}.gated.narrow")
    for theirs, ours in (("output_conv1", "conv1"), ("output_conv2.0", "conv2"), ("output_conv2.2", "conv3")):
        take(f"head.scratch.{theirs}", f"spatial.head.{ours}")
    return found


def test_published_weights_are_read_and_wrong_ones_named(video: VideoDepth, tmp_path: Path) -> None:
    file, published = tmp_path / "small.pth", published_names(video)
    torch.save(published, file)
    network, image = VideoNetwork(file, DepthDevice(CPU), tiny_config()), picture(8)
    found = [network.see(image) for _ in range(3)]
    assert not np.array_equal(found[0], found[2])
    network.forget()
    assert np.array_equal(found[0], network.see(image))
    torch.save({**published, "head.more.weight": torch.zeros(1)}, file)
    with pytest.raises(DepthError, match=r"head\.more\.weight"):
        VideoNetwork(file, DepthDevice(CPU), tiny_config())
    file.write_bytes(b"none")
    with pytest.raises(DepthError, match="no weights of Video Depth Anything"):
        VideoNetwork(file, DepthDevice(CPU), tiny_config())


def test_the_small_model_is_as_large_as_its_card_says() -> None:
    with torch.device("meta"):
        model = VideoDepth(small_config())
    cards = depth_cards()[0]
    for count, name in (
        (sum(weight.numel() for weight in model.parameters()), "video-depth-anything-small"),
        (sum(weight.numel() for weight in model.spatial.parameters()), "depth-anything-v2-small"),
    ):
        assert cards[name].mebibytes == pytest.approx(4 * count / 2**20, abs=2)
        assert cards[name].files[0].licence == "Apache-2.0"
    assert set(renamed({"head.motion_modules.0.temporal_transformer.proj_in.bias": torch.zeros(1)})) == {
        "temporal.0.proj_in.bias"
    }


class Slope:
    """A network whose numbers are a slope of any size."""

    def __init__(self) -> None:
        self.gain, self.forgot = 40.0, 0

    def see(self, image: RgbImage) -> np.ndarray[Any, np.dtype[np.float32]]:
        del image
        return np.linspace(self.gain, 2 * self.gain, 28 * 28, dtype=np.float32).reshape(28, 28)

    def forget(self) -> None:
        self.forgot += 1

    def describe(self) -> str:
        return "a slope"


def test_the_range_follows_over_seconds_and_a_cut_sets_it_at_once() -> None:
    slope: Network = (made := Slope())
    estimator = LearnedEstimator("slope", lambda: slope)
    maps = [estimator.push(frame(number, dancer(number)[0]), 0) for number in range(4)]
    made.gain = 44.0
    maps += [estimator.push(frame(4 + number, dancer(4 + number)[0]), 0) for number in range(2)]
    depths = [one.depth for one in maps if one is not None]
    assert np.abs(depths[3] - depths[2]).max() < 1 / 255
    assert 0.0 < np.abs(depths[5] - depths[4]).mean() < 5 / 255  # not at once
    before = made.forgot
    cut = estimator.push(frame(6, clouds(9, (250, 250, 40), blur=3.0)), 0)
    assert made.forgot == before + 1
    assert cut is not None
    assert np.abs(cut.depth - depths[0]).max() < 1e-4
    made.gain = float("nan")
    with pytest.raises(DepthError, match="numbers that are none"):
        estimator.push(frame(7, dancer(7)[0]), 0)


def test_a_model_that_is_not_here_says_what_to_fetch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARDCUT_MODELS", str(tmp_path))
    card = depth_cards()[0]["depth-anything-v2-small"]
    with pytest.raises(DepthError, match=r"Apache-2\.0.*hardcut models fetch depth-anything-v2-small"):
        learned_estimator(card).push(frame(0, flat(90)), 0)
    with pytest.raises(DepthError, match="No depth model"):
        find_depth(f"model:{tmp_path}")


def test_a_folder_is_chosen_by_its_path(folder: Path) -> None:
    found = build_depth(f"model:{folder}").push(frame(0, dancer(0)[0]), 0)
    assert found is not None
    assert found.depth.shape == (224, 224)
    assert (found.depth.min(), found.depth.max()) == (0.0, 1.0)


def test_a_model_is_let_go_when_it_is_closed() -> None:
    kept = weakref.WeakSet[Slope]()

    def load() -> Network:
        slope = Slope()
        kept.add(slope)
        return slope

    estimator = LearnedEstimator("slope", load)
    estimator.push(frame(0, dancer(0)[0]), 0)
    assert len(kept) == 1
    close_estimator(estimator)
    gc.collect()
    assert not kept


def test_cards_of_the_user_go_first_and_broken_ones_are_told(tmp_path: Path) -> None:
    text = 'label = "Mine"\nkind = "picture"\nrepo = "me/mine"\nfiles = ["config.json"]\nlicence = "MIT"\n'
    (tmp_path / "depth-anything-v2-small.toml").write_text(text)
    (tmp_path / "broken.toml").write_text(text.replace("picture", "sculpture"))
    cards, faults = depth_cards(tmp_path)
    assert cards["depth-anything-v2-small"].label == "Mine"
    assert cards["video-depth-anything-small"].kind is DepthKind.VIDEO
    assert len(faults) == 1
    (tmp_path / "more.toml").write_text(text + "size = 3\n")
    with pytest.raises(DepthError, match="unknown is size"):
        read_depth_card(tmp_path / "more.toml")


@pytest.mark.parametrize(
    "text",
    [
        '{"ensure_multiple_of": 1e999}',
        '{"ensure_multiple_of": 1000000}',
        '{"ensure_multiple_of": "fourteen"}',
        '{"image_mean": [1e999, 0, 0]}',
        '{"image_std": [0, 1, 1]}',
        '{"image_mean": [1, 2]}',
        "[]",
        "[" * 100_000,
        "{",
    ],
)
def test_a_form_of_pictures_that_makes_no_sense_is_refused_in_a_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "preprocessor_config.json").write_text(text)
    with pytest.raises(DepthError):
        form_in(tmp_path, 14, None)
