"""Whole files in the packings that people meet: read, or named for what they are; never "fetch it again"."""

import dataclasses
import json
import zipfile
from pathlib import Path

import pytest
import torch
from torch import Tensor

from engine.errors import GeneratorError
from engine.generators.wan.cards import read_card
from engine.generators.wan.codecs.checkpoints import load_codec
from engine.generators.wan.codecs.layouts import detect_layout
from engine.generators.wan.codecs.wan_vae import WanVaeConfig
from engine.generators.wan.files.checkpoint import Checkpoint
from engine.generators.wan.files.key_names import KeyNaming
from engine.generators.wan.files.tensor_file import TensorFile
from engine.generators.wan.generator import WanGenerator
from engine.generators.wan.library.converting import convert
from engine.generators.wan.library.inspection import check_file
from engine.generators.wan.loading.random_weights import in_layout, write_checkpoint, write_codec
from engine.generators.wan.model.transformer import CausalWan
from engine.model_files import ModelFile
from tests.wan.cards import small_card
from tests.wan.models import CPU, load_all, make_model

FP8 = torch.float8_e4m3fn
COMFY = "model.diffusion_model."


def weights(seed: int = 1) -> dict[str, Tensor]:
    return in_layout(make_model(seed=seed), KeyNaming.WAN)


def large(name: str, tensor: Tensor) -> bool:
    return name.startswith("blocks.") and name.endswith(".weight") and tensor.ndim == 2


def scaled(*, rows: bool, ending: str) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The tiny model in fp8 with scales, and what it stands for."""
    packed, meant = {}, {}
    for name, tensor in weights().items():
        packed[name] = meant[name] = tensor.half()
        if large(name, tensor):
            scale = tensor.abs().amax(dim=1 if rows else None, keepdim=rows) / 448
            packed[name] = (tensor / scale).to(FP8)
            packed[name.replace(".weight", ending)] = scale if rows else scale.reshape(1)
            meant[name] = packed[name].float() * scale
    return packed, meant


def refusal(path: Path) -> str:
    with pytest.raises(GeneratorError) as refused:
        check_file(path)
    assert "fetch it again" not in str(refused.value)
    return str(refused.value)


def filled_with(model: CausalWan, meant: dict[str, Tensor]) -> bool:
    return all(torch.allclose(slot, meant[name].float(), rtol=2**-8, atol=0.0) for name, slot in model.slots().items())


@pytest.mark.parametrize("rows", [False, True], ids=["one scale", "a scale a row"])
def test_scaled_fp8_is_read_as_weight_times_scale(tmp_path: Path, rows: bool) -> None:
    packed, meant = scaled(rows=rows, ending=".scale_weight")
    path = tmp_path / "scaled.safetensors"
    write_checkpoint(path, {**packed, "scaled_fp8": torch.zeros(0).to(FP8)})
    assert filled_with(load_all(make_model(seed=2), path), meant)
    extra = {"scaled_fp8": torch.zeros(2).to(FP8), "blocks.0.ffn.0.scale_input": torch.ones(1)}
    write_checkpoint(path, {f"{COMFY}{name}": tensor for name, tensor in {**packed, **extra}.items()})
    assert filled_with(load_all(make_model(seed=2), path), meant)
    assert "40 of them fp8 with scales" in check_file(path)
    list(convert(path, tmp_path / "plain.safetensors"))
    assert filled_with(load_all(make_model(seed=2), tmp_path / "plain.safetensors"), meant)


def test_comfys_later_layout_is_read_and_other_formats_are_named(tmp_path: Path) -> None:
    packed, meant = scaled(rows=False, ending=".weight_scale")
    path = tmp_path / "quant.safetensors"

    def described(text: str) -> dict[str, Tensor]:
        told = torch.tensor(list(text.encode()), dtype=torch.uint8)
        return {name.replace(".weight", ".comfy_quant"): told.clone() for name in packed if large(name, packed[name])}

    write_checkpoint(path, {**packed, **described(json.dumps({"format": "float8_e4m3fn"}))})
    assert filled_with(load_all(make_model(seed=2), path), meant)
    for text, says in (
        (json.dumps({"format": "int8_tensorwise"}), "int8_tensorwise"),
        ("[", "unknown"),
        ("[" * 4000, "unknown"),
        ("[1]", "unknown"),
    ):
        write_checkpoint(path, {**packed, **described(text)})
        assert f"its weights are packed ({says}), which is not read here" in refusal(path)


@pytest.mark.parametrize(
    ("extra", "says"),
    [
        ({"blocks.0.ffn.0.weight_scale_2": torch.ones(1)}, "packed (NVFP4)"),
        ({"blocks.0.ffn.0.weight.absmax": torch.ones(4)}, "packed (bitsandbytes)"),
        ({"blocks.0.ffn.0.weight._data": torch.ones(4)}, "packed (quanto)"),
        ({"blocks.0.ffn.0.qweight": torch.ones(4)}, "packed (GPTQ, AWQ or Nunchaku)"),
        ({"blocks.0.ffn.0.weight_scale": torch.ones(2, 4)}, "packed (fp8 with scales per block)"),
        (
            {"blocks.0.ffn.0.weight": torch.ones(256, 128, dtype=torch.int8)},
            "has whole numbers in blocks.0.ffn.0.weight",
        ),
        ({"vae.conv1.weight": torch.ones(1)}, "packs several models in one: take each by itself"),
        ({"blocks.0.attn.base_layer.weight": torch.ones(1)}, "PEFT's adapters beside its weights"),
        ({"blocks." + 5000 * "1" + ".x": torch.ones(1)}, "has unknown blocks.111"),
        (
            {"blocks.0.ffn.0.scale_weight": torch.ones(1), "blocks.1.x.scale_weight": torch.ones(1)},
            "unknown blocks.1.x",
        ),
    ],
)
def test_what_is_not_read_is_named(tmp_path: Path, extra: dict[str, Tensor], says: str) -> None:
    path = tmp_path / "odd.safetensors"
    write_checkpoint(path, {**weights(), **extra})
    told = refusal(path)
    assert says in told and len(told) < 1200


def test_a_tensor_without_a_shape_is_no_width(tmp_path: Path) -> None:
    path = tmp_path / "odd.safetensors"
    write_checkpoint(path, {**weights(), "patch_embedding.weight": torch.tensor(1.0)})
    assert "0 wide" in refusal(path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"GGUF\x03\0\0\0" + bytes(64), "GGUF file (llama.cpp's container), which is not read here"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "a pointer of Git LFS"),
        (b"\x89HDF\r\n\x1a\n" + bytes(64), "HDF5"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(64), "an archive (7z)"),
        (b"just some notes about weights", "neither a safetensors file nor one of torch.save"),
    ],
)
@pytest.mark.parametrize("suffix", [".gguf", ".pt", ".pth"])
def test_another_container_is_named(tmp_path: Path, content: bytes, says: str, suffix: str) -> None:
    path = tmp_path / f"model{suffix}"
    path.write_bytes(content)
    assert says in refusal(path)


def test_a_page_of_a_web_site_is_no_model(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_text("\n<!DOCTYPE html><html>Please sign in</html>")
    with pytest.raises(GeneratorError, match="a page of a web site"):
        check_file(path)


def test_a_file_is_read_by_its_content_or_its_name_is_told(tmp_path: Path) -> None:
    source = make_model()
    write_checkpoint(tmp_path / "a.safetensors", in_layout(source, KeyNaming.WAN))
    write_checkpoint(tmp_path / "b.pt", in_layout(source, KeyNaming.WAN))
    (tmp_path / "a.safetensors").rename(tmp_path / "a.pth")
    (tmp_path / "b.pt").rename(tmp_path / "b.safetensors")
    assert check_file(tmp_path / "a.pth").startswith("Wan tiny")
    assert "torch.save by another name" in refusal(tmp_path / "b.safetensors")


def test_an_archive_that_torch_did_not_write_is_named(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("weights/model.safetensors", b"x")
    assert "an archive that torch.save did not write (it holds weights/model.safetensors)" in refusal(path)


def test_kinds_of_numbers_that_are_not_read_are_named(tmp_path: Path) -> None:
    header = json.dumps({"a": {"dtype": "U16", "shape": [2], "data_offsets": [0, 4]}}).encode()
    path = tmp_path / "odd.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))
    assert "numbers of the kind U16, which is not read here" in refusal(path)
    torch.save({"a": torch.ones(2, dtype=torch.complex64)}, tmp_path / "odd.pt")
    assert "numbers of the kind complex64, which is not read here" in refusal(tmp_path / "odd.pt")


WRAPPINGS = (
    *("generator", "generator_ema", "ema", "model", "module", "model_state", "state_dict", "model_state_dict"),
    "state_dict.model",
)


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_trainers_wrappings_are_looked_into(tmp_path: Path, wrapping: str) -> None:
    content: object = {f"model.{name}": tensor for name, tensor in weights().items()}
    for name in reversed(wrapping.split(".")):
        content = {name: content, "epoch": 3, "ema_config": {"decay": 0.99}}
    path = tmp_path / "model.pt"
    torch.save(content, path)
    assert f"under {wrapping}:" in check_file(path)


def test_what_holds_no_tensors_says_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    torch.save({"optimizer": {"lr": 0.1}, "epoch": 3, "ema": {"decay": 0.9}}, path)
    told = refusal(path)
    assert "holds no tensors by name, but ema, epoch, optimizer" in told and "looked for" in told
    knot: dict[str, object] = {}
    knot["model"] = knot
    torch.save(knot, path)
    assert "no tensors by name, but model" in refusal(path)


def test_a_card_names_the_state_that_it_means(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    states = {name: weights(seed) for name, seed in (("generator", 1), ("generator_ema", 3))}
    torch.save(states, path)
    for state, seed in (("", 3), ("generator_ema", 3), ("generator", 1)):
        with Checkpoint.open(path, state=state) as checkpoint:
            found = checkpoint.file.read("head.head.bias", CPU)
        assert torch.equal(found, weights(seed)["head.head.bias"])
    with pytest.raises(GeneratorError, match=r"asks for its state ema, and it holds generator_ema, generator"):
        TensorFile.open(path, state="ema")
    write_checkpoint(tmp_path / "flat.safetensors", weights())
    torch.save(weights(), tmp_path / "flat.pt")
    for flat in ("flat.safetensors", "flat.pt"):
        with TensorFile.open(tmp_path / flat, state="generator") as file:  # such a file has one state only
            assert file.inside == ""


def test_the_show_plays_the_state_of_its_card(tmp_path: Path) -> None:
    file = ModelFile("someone/model", "model.pt", "none")
    path = file.path(tmp_path)
    path.parent.mkdir(parents=True)
    torch.save({"generator": weights(1), "generator_ema": weights(3)}, path)
    card = small_card(random_weights=False, transformer=file, state="generator", depth_branch=False)
    generator = WanGenerator(card, folder=tmp_path, device="cpu")
    list(generator.warm_up())
    slots = generator.parts.model.slots()
    generator.close()
    assert torch.equal(slots["blocks.0.norm3.weight"], weights(1)["blocks.0.norm3.weight"])
    lost = WanGenerator(dataclasses.replace(card, state="raw"), folder=tmp_path, device="cpu")
    with pytest.raises(GeneratorError, match="asks for its state raw"):
        list(lost.warm_up())
    lost.close()


def test_cards_say_state_note_and_loras(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    file = 'repo = "a/b"\nfile = "c.pt"\nlicence = "none"\n'
    head = 'label = "x"\nnote = "Slow."\ndims = "tiny"\nrecipe = "longlive"\nrandom_weights = true\n'
    path.write_text(
        f'{head}[transformer]\n{file}state = "generator"\n[[lora]]\n{file}live = true\n[[lora]]\n{file}scale = 0.5\n'
    )
    card = read_card(path)
    assert (card.note, card.state) == ("Slow.", "generator")
    assert [(lora.live, lora.scale) for lora in card.loras] == [(True, 1.0), (False, 0.5)]
    assert len(card.files) == 3
    path.write_text(f"{head}[lora]\n{file}live = true\n")
    assert [lora.live for lora in read_card(path).loras] == [True]
    for tables, says in (
        (4 * f"[[lora]]\n{file}live = true\n", "no more than 3 loras can be live"),
        (f"[lora]\n{file}scale = inf\n", "is no number"),
    ):
        path.write_text(head + tables)
        with pytest.raises(GeneratorError, match=says):
            read_card(path)
    path.write_text(f"lora = [3]\n{head}")
    with pytest.raises(GeneratorError, match="lora is no table"):
        read_card(path)


@pytest.mark.parametrize("prefix", ["model.", "first_stage_model.", "vae.", "module."])
def test_a_vae_is_read_under_what_packings_put_before_its_names(tmp_path: Path, prefix: str) -> None:
    plain, packed = tmp_path / "plain.safetensors", tmp_path / "packed.safetensors"
    write_codec(plain, WanVaeConfig(8), 1)
    with TensorFile.open(plain) as file:
        tensors = {key: file.read(key, CPU) for key in file.entries}
    write_checkpoint(packed, {f"{prefix}{key}": tensor for key, tensor in tensors.items()})
    ours, theirs = (load_codec(path, CPU, torch.float32).decoder.state_dict() for path in (plain, packed))
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert check_file(packed).startswith("Wan VAE, width 8")
    list(convert(packed, tmp_path / "converted.safetensors"))
    assert check_file(tmp_path / "converted.safetensors").startswith("Wan VAE, width 8")
    write_checkpoint(packed, {**tensors, f"{prefix}conv1.bias": torch.zeros(32)})
    assert "names a tensor twice" in refusal(packed)
    assert detect_layout([*(f"{prefix}{key}" for key in tensors), f"{COMFY}patch_embedding.weight"]) is None
