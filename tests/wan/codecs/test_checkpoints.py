"""Codec files: known by their keys, loaded strictly, and refused in a sentence."""

import os
import pickle
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from engine.errors import GeneratorError
from engine.generators.wan.codecs.checkpoints import load_codec
from engine.generators.wan.codecs.codec import VideoCodec
from engine.generators.wan.codecs.layouts import CodecLayout, detect_layout
from engine.generators.wan.codecs.taehv import TaehvConfig
from engine.generators.wan.codecs.wan_vae import WanVaeConfig
from tests.wan.codecs.published import Shape, taehv_layout, wan_layout
from tests.wan.codecs.videos import CPU, frames, latents, noise

Weights = dict[str, Tensor]


def filled(layout: dict[str, Shape]) -> Weights:
    return {name: noise(index, *shape) * 0.1 for index, (name, shape) in enumerate(layout.items())}


def written(folder: Path, weights: object, name: str = "codec.pth") -> Path:
    path = folder / name
    if path.suffix == ".safetensors":
        assert isinstance(weights, dict)
        save_file(weights, path)
    else:
        torch.save(weights, path)
    return path


def loaded(path: Path) -> VideoCodec:
    return load_codec(path, CPU, torch.float32)


def refusal(path: Path) -> str:
    with pytest.raises(GeneratorError) as refused:
        loaded(path)
    return str(refused.value)


@pytest.mark.parametrize(
    ("layout", "config"),
    [
        (wan_layout(8), WanVaeConfig(8)),
        (wan_layout(24), WanVaeConfig(24)),
        (taehv_layout(8, (32, 16, 12, 8)), TaehvConfig(8, (32, 16, 12, 8))),
    ],
    ids=["wan", "light vae", "taehv"],
)
@pytest.mark.parametrize("suffix", ["pth", "safetensors"])
def test_a_codec_is_known_by_its_keys_and_sized_by_its_shapes(
    tmp_path: Path, layout: dict[str, Shape], config: object, suffix: str
) -> None:
    codec = loaded(written(tmp_path, filled(layout), f"codec.{suffix}"))
    assert codec.encoder.config == codec.decoder.config == config
    assert codec.weight_bytes() == sum(4 * torch.Size(shape).numel() for shape in layout.values())
    assert codec.open_encoder().push(frames(5)).shape[2:] == (latents_of_five(codec), 4, 4)
    assert codec.open_decoder().push(latents(2)).shape == (1, 3, 5, 32, 32)


def latents_of_five(codec: VideoCodec) -> int:
    """Latents made of the first five frames."""
    return 2 if codec.encoder.groups[0] == 1 else 1


def test_layouts_are_told_apart_by_their_marks() -> None:
    assert detect_layout(wan_layout(8)) is CodecLayout.WAN
    assert detect_layout(taehv_layout(8, (8, 8, 8, 8))) is CodecLayout.TAEHV
    assert detect_layout(["blocks.0.self_attn.q.weight"]) is None
    assert detect_layout([]) is None


def test_weights_arrive_in_the_wanted_dtype_and_layout(tmp_path: Path) -> None:
    path = written(tmp_path, filled(wan_layout(8)))
    codec = load_codec(path, CPU, torch.bfloat16)
    for network in (codec.encoder, codec.decoder):
        for name, tensor in (*network.named_parameters(), *network.named_buffers()):
            assert tensor.dtype == torch.bfloat16, name
            assert not tensor.requires_grad
            if tensor.ndim == 5:
                assert tensor.is_contiguous(memory_format=torch.channels_last_3d), name
    path.unlink()  # nothing is mapped from the file any more
    assert codec.open_decoder().push(latents(1).bfloat16()).isfinite().all()


def test_a_file_in_torchs_older_format_loads_too(tmp_path: Path) -> None:
    path = tmp_path / "old.pth"
    torch.save(filled(taehv_layout(8, (8, 8, 8, 8))), path, _use_new_zipfile_serialization=False)
    assert loaded(path).open_decoder().push(latents(1)).shape[2] == 1


def without(weights: Weights) -> None:
    del weights["decoder.middle.0.residual.2.weight"], weights["conv1.bias"]


def with_more(weights: Weights) -> None:
    weights["decoder.upsamples.99.surprise"] = torch.zeros(1)


def misshapen(weights: Weights) -> None:
    weights["encoder.head.2.weight"] = torch.zeros(32, 8, 3, 3, 3)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (without, "2 missing: decoder.middle.0.conv1.weight, encoder.quant.bias"),
        (with_more, "1 unexpected: decoder.upsamples.99.surprise"),
        (misshapen, "1 of another shape: encoder.head.2.weight [32, 8, 3, 3, 3] instead of [32, 32, 3, 3, 3]"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, spoil: Callable[[Weights], None], told: str) -> None:
    weights = filled(wan_layout(8))
    spoil(weights)
    sentence = refusal(written(tmp_path, weights))
    assert told in sentence
    assert "original layout" in sentence


def test_many_names_are_counted_and_the_first_shown(tmp_path: Path) -> None:
    weights = {name: tensor for name, tensor in filled(wan_layout(8)).items() if "decoder" not in name}
    assert re.search(r"\d\d missing: (\S+, ){5}\S+ …", refusal(written(tmp_path, weights)))


def test_another_models_file_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, {"blocks.0.self_attn.q.weight": torch.zeros(2, 2)})
    assert "no video codec that is known here" in refusal(path)
    assert "Wan2.1_VAE.pth" in refusal(path)


@pytest.mark.parametrize("keep", [0, 10, 3000, -100])
@pytest.mark.parametrize("suffix", ["pth", "safetensors"])
def test_a_truncated_file_is_refused(tmp_path: Path, keep: int, suffix: str) -> None:
    path = written(tmp_path, filled(taehv_layout(8, (8, 8, 8, 8))), f"codec.{suffix}")
    path.write_bytes(path.read_bytes()[:keep])
    assert "cannot be read as weights" in refusal(path)


class _Malice:
    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.mkdir, ("owned",)  # type: ignore[return-value]


def test_a_malicious_file_is_refused_and_does_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = written(tmp_path, {"encoder.0.weight": _Malice()})
    assert "holds more than weights" in refusal(path)
    path.write_bytes(pickle.dumps(_Malice(), protocol=2))
    assert "neither a safetensors file nor one of torch.save" in refusal(path)
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize("content", [[1, 2], {"decoder.3.conv.0.weight": 5}, {3: torch.zeros(1)}, torch.zeros(3)])
def test_anything_but_named_tensors_is_refused(tmp_path: Path, content: object) -> None:
    assert "no tensors by name" in refusal(written(tmp_path, content))


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for name in ("nowhere.pth", "nowhere.safetensors"):
        assert "no such file" in refusal(tmp_path / name)
    assert "Is a directory" in refusal(tmp_path)


def test_values_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    weights = filled(wan_layout(8))
    weights["conv1.bias"][3] = float("inf")
    assert "no numbers, in conv1.bias" in refusal(written(tmp_path, weights))
