"""UMT5 in the files that people have: Wan's own, ComfyUI's and its wrapper's, fp8 with scales; others by their name."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import UMT5EncoderModel

from engine.errors import GeneratorError
from engine.generators.wan.cards import ModelCard, Precision, read_card
from engine.generators.wan.dims import WAN_TINY
from engine.generators.wan.library.inspection import check_file
from engine.generators.wan.text.umt5 import fingerprint, load_umt5
from engine.generators.wan.text.umt5_weights import load_encoder
from tests.wan.models import CPU, relative
from tests.wan.test_umt5 import HERE, TOLD, _folders, hidden

folders = _folders  # the fixture
Tensors = dict[str, Tensor]

WAN = (  # as an independent reader has it: t5.py of Wan 2.1 counts a gate, fc1, fc2
    ("encoder.final_layer_norm.", "norm."),
    ("shared.", "token_embedding."),
    ("encoder.block.", "blocks."),
    ("layer.0.layer_norm.", "norm1."),
    ("layer.0.SelfAttention.relative_attention_bias.", "pos_embedding.embedding."),
    ("layer.0.SelfAttention.", "attn."),
    ("layer.1.layer_norm.", "norm2."),
    ("layer.1.DenseReluDense.wi_0.", "ffn.gate.0."),
    ("layer.1.DenseReluDense.wi_1.", "ffn.fc1."),
    ("layer.1.DenseReluDense.wo.", "ffn.fc2."),
)


def in_wans_names(tensors: Tensors) -> Tensors:
    found = {}
    for name, tensor in tensors.items():
        if name == "encoder.embed_tokens.weight":
            continue
        for ours, wans in WAN:
            name = name.replace(ours, wans)
        found[name] = tensor.bfloat16()
    return found


def is_large(name: str, tensor: Tensor) -> bool:
    return tensor.ndim == 2 and ".block" in f".{name}" and "bias" not in name and "pos_emb" not in name


def in_plain_fp8(tensors: Tensors) -> Tensors:
    return {
        name: tensor.to(torch.float8_e4m3fn) if is_large(name, tensor) else tensor
        for name, tensor in in_wans_names(tensors).items()
    }


def in_scaled_fp8(tensors: Tensors) -> Tensors:
    """As ComfyUI packs it, with the tokenizer inside."""
    found: Tensors = {"scaled_fp8": torch.zeros(2, dtype=torch.float8_e4m3fn), "spiece_model": torch.zeros(9).byte()}
    for name, tensor in tensors.items():
        if is_large(name, tensor):
            scale = tensor.abs().max() / 448.0
            found[name] = (tensor / scale).to(torch.float8_e4m3fn)
            found[f"{name.removesuffix('.weight')}.scale_weight"] = scale.view(())
        else:
            found[name] = tensor.half()
    return found


def in_half(tensors: Tensors) -> Tensors:
    return {**{name: tensor.half() for name, tensor in tensors.items()}, "spiece_model": torch.zeros(9).byte()}


def whole(tensors: Tensors) -> Tensors:
    """Google's own, with the decoder that nobody needs."""
    return {**tensors, "decoder.block.0.layer.0.layer_norm.weight": torch.ones(4), "lm_head.weight": torch.ones(8, 4)}


def exact(weights: Path) -> Tensor:
    """What transformers makes of it in float32."""
    return hidden(UMT5EncoderModel.from_pretrained(weights, dtype=torch.float32).eval())


@pytest.mark.parametrize(
    ("written", "name", "bound"),
    [
        (in_wans_names, "models_t5_umt5-xxl-enc-bf16.pth", 0.01),
        (in_wans_names, "umt5-xxl-enc-bf16.safetensors", 0.01),
        (in_plain_fp8, "umt5-xxl-enc-fp8_e4m3fn.safetensors", 0.06),
        (in_half, "umt5_xxl_fp16.safetensors", 0.01),
        (in_scaled_fp8, "umt5_xxl_fp8_e4m3fn_scaled.safetensors", 0.06),
        (whole, "model.safetensors", 0.01),
    ],
)
def test_a_single_file_reads_as_the_folder_does_in_float32(
    folders: tuple[Path, Path], tmp_path: Path, written: Callable[[Tensors], Tensors], name: str, bound: float
) -> None:
    """bfloat16 costs less than 1 % of an embedding, against transformers in float32; what fp8 costs is in the file."""
    weights, tokenizer = folders
    path = tmp_path / "one" / name
    path.parent.mkdir()
    tensors = written(load_file(weights / "model.safetensors"))
    if path.suffix == ".pth":
        torch.save(tensors, path)
    else:
        save_file(tensors, path)
    model, _ = load_encoder(path, CPU, Precision.BF16)
    assert model.dtype is torch.bfloat16 and relative(hidden(model), exact(weights)) < bound
    packed, report = load_encoder(path, CPU, Precision.FP8)
    assert report is not None and report.packed and relative(hidden(packed), exact(weights)) < 0.08
    assert check_file(path).startswith("UMT5 text encoder, ") and check_file(path).endswith(": whole.")
    encode = load_umt5(path, tokenizer, WAN_TINY.text_len, HERE, TOLD).encode
    assert encode("molten gold").tokens == 2
    assert fingerprint(path, tokenizer) != fingerprint(weights, tokenizer)


def test_other_encoders_are_named(folders: tuple[Path, Path], tmp_path: Path) -> None:
    tensors = load_file(folders[0] / "model.safetensors")
    one = torch.zeros(2, 2)
    lacking = {key: tensor for key, tensor in tensors.items() if not re.search(r"block\.0.*q\.weight", key)}
    for index, (held, says) in enumerate(
        (
            ({k: t for k, t in tensors.items() if "block.1.layer.0.SelfAttention.relative" not in k}, "is T5 or mT5"),
            ({"text_model.encoder.layers.0.mlp.fc1.weight": one}, "is a CLIP text encoder"),
            ({"visual.transformer.0.attn.to_qkv.weight": one}, "is a CLIP image encoder"),
            ({"model.layers.0.self_attn.q_proj.weight": one}, "is a language model"),
            (lacking, r"lacks encoder\.block\.0\.layer\.0\.SelfAttention\.q\.weight"),
            ({**tensors, "more": one}, "has unknown more"),
            ({**tensors, "token_embedding.weight": one}, "names a tensor twice"),
            ({**tensors, "shared.weight": tensors["shared.weight"].char()}, r"whole numbers in shared\.weight"),
            ({**tensors, f"encoder.block.{5000 * '9'}.weight": one}, "has unknown encoder"),
            ({**tensors, "shared.weight": torch.zeros(3)}, r"misshapen shared\.weight"),
        )
    ):
        path = tmp_path / f"{index}.safetensors"
        save_file(held, path)
        with pytest.raises(GeneratorError, match=says) as caught:
            load_encoder(path, CPU, Precision.BF16)
        assert "UMT5-XXL" in str(caught.value) or "whole file" in str(caught.value), says
        with pytest.raises(GeneratorError, match=says):
            check_file(path)
    path = tmp_path / "gguf.gguf"
    path.write_bytes(b"GGUF" + bytes(64))
    with pytest.raises(GeneratorError, match="is a GGUF file"):
        load_encoder(path, CPU, Precision.BF16)
    save_file({"patch_embedding.weight": one, "time_projection.1.weight": one.clone()}, tmp_path / "wan.safetensors")
    with pytest.raises(GeneratorError, match=r"no UMT5: it is a Wan transformer or adapter \(Wan 2\.1\)"):
        load_encoder(tmp_path / "wan.safetensors", CPU, Precision.BF16)
    with pytest.raises(GeneratorError, match="no such file"):
        load_encoder(tmp_path / "nothing.safetensors", CPU, Precision.BF16)


def card_with(tmp_path: Path, text: str) -> ModelCard:
    file = 'repo = "me/mine"\nfile = "one.safetensors"\nlicence = "MIT"\n'
    path = tmp_path / "wan-mine.toml"
    path.write_text(
        f'label = "Mine"\ndims = "1.3B"\nrecipe = "longlive"\n[transformer]\n{file}[codec]\n{file}[text]\n{file}{text}'
    )
    return read_card(path)


def test_a_single_file_may_take_its_tokenizer_from_elsewhere(tmp_path: Path) -> None:
    card = card_with(tmp_path, 'tokenizer = "tokenizer"\ntokenizer_repo = "you/yours"\ntokenizer_licence = "BSD"\n')
    assert card.tokenizer is not None and card.tokenizer.path(tmp_path) == tmp_path / "you/yours/tokenizer"
    assert card.tokenizer.licence == "BSD" and card.text is not None and card.text.licence == "MIT"
    beside = card_with(tmp_path, 'tokenizer = "tokenizer"\n').tokenizer
    assert beside is not None and beside.repo == "me/mine" and beside.licence == "MIT"
