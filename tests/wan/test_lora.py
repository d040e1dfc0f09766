"""LoRA files: merged equals runtime, live scale, and a sentence for files of another model."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from engine.errors import GeneratorError
from engine.generators.wan.dims import WAN_TINY
from engine.generators.wan.files.key_names import KeyNaming, to_diffusers
from engine.generators.wan.loading.lora import LiveLora, merge_lora, read_lora
from engine.generators.wan.loading.random_weights import in_layout, write_checkpoint
from engine.generators.wan.model.transformer import CausalWan
from engine.generators.wan.recipes import LONGLIVE
from tests.wan.models import Runner, block_of, make_cache, make_model, make_text, noise, relative

RANK = 4
TARGETS = ("self_attn.q", "self_attn.k", "self_attn.v", "self_attn.o", "cross_attn.q", "cross_attn.k", "cross_attn.v")
LAYERS = tuple(f"blocks.{index}.{tail}" for index in range(WAN_TINY.layers) for tail in (*TARGETS, "ffn.0", "ffn.2"))


def pairs(model: CausalWan) -> dict[str, tuple[Tensor, Tensor]]:
    layers = dict(model.linears())
    return {
        name: (
            0.1 * noise(RANK, layers[name].layer.in_features, seed=2 * seed),
            0.1 * noise(layers[name].rows, RANK, seed=2 * seed + 1),
        )
        for seed, name in enumerate(LAYERS)
    }


def peft(prefix: str, infix: str = "") -> Callable[[str], tuple[str, str]]:
    return lambda name: (f"{prefix}{name}.lora_A{infix}.weight", f"{prefix}{name}.lora_B{infix}.weight")


def kohya(name: str) -> tuple[str, str]:
    stem = f"lora_unet_{name.replace('.', '_')}"
    return f"{stem}.lora_down.weight", f"{stem}.lora_up.weight"


def diffusers(name: str) -> tuple[str, str]:
    return peft("transformer.")(to_diffusers(f"{name}.").removesuffix("."))


FORMS = {
    "longlive": peft("base_model.model."),
    "peft": peft("base_model.model.model.", ".default"),
    "comfy": peft("diffusion_model."),
    "bare": peft(""),
    "diffusers": diffusers,
    "kohya": kohya,
}


def write(path: Path, model: CausalWan, spell: Callable[[str], tuple[str, str]], alpha: float | None = None) -> Path:
    tensors = {}
    for name, (down, up) in pairs(model).items():
        down_key, up_key = spell(name)
        tensors[down_key], tensors[up_key] = down, up
        if alpha is not None:
            tensors[down_key.replace(".lora_down.weight", ".alpha")] = torch.tensor(alpha)
    write_checkpoint(path, tensors)
    return path


@pytest.mark.parametrize("form", FORMS)
def test_every_spelling_finds_every_layer(tmp_path: Path, form: str) -> None:
    model = make_model()
    lora = read_lora(write(tmp_path / "lora.safetensors", model, FORMS[form]), model)
    assert {adapter.target for adapter in lora.adapters} == set(LAYERS)
    assert all(adapter.factor == 1.0 for adapter in lora.adapters)


def test_longlives_own_wrapping(tmp_path: Path) -> None:
    model = make_model()
    write(tmp_path / "flat.pt", model, FORMS["longlive"])
    torch.save({"generator_lora": torch.load(tmp_path / "flat.pt", weights_only=True)}, tmp_path / "lora.pt")
    assert len(read_lora(tmp_path / "lora.pt", model).adapters) == len(LAYERS)


def test_merged_equals_runtime_at_every_scale(tmp_path: Path) -> None:
    path = write(tmp_path / "lora.safetensors", make_model(), kohya, alpha=2.0)
    model = make_model()
    lora = read_lora(path, model)
    assert all(adapter.factor == 0.5 for adapter in lora.adapters)
    latents = block_of(LONGLIVE)

    def velocity(model: CausalWan) -> Tensor:
        return Runner(model, make_cache(model, LONGLIVE), make_text(model)).passed(latents, 833.3)

    plain = velocity(model)
    live = LiveLora(model, lora)
    for scale in (1.0, 0.3, -0.5):
        live.set_scale(scale)
        merged = make_model()
        merge_lora(merged, lora, scale)
        assert relative(velocity(model), velocity(merged)) < 1e-4
        assert relative(velocity(model), plain) > 1e-3
    live.set_scale(0.0)
    assert torch.equal(velocity(model), plain)
    live.detach()
    assert torch.equal(velocity(model), plain)
    with pytest.raises(ValueError, match="scale"):
        live.set_scale(float("nan"))


def test_a_merge_is_what_the_formula_says(tmp_path: Path) -> None:
    model, before = make_model(), make_model().slots()
    lora = read_lora(write(tmp_path / "lora.safetensors", model, FORMS["peft"]), model, alpha=8.0)
    merge_lora(model, lora, 0.5)
    after = model.slots()
    for name, (down, up) in pairs(model).items():
        expected = before[f"{name}.weight"] + 0.5 * (8.0 / RANK) * up @ down
        assert torch.allclose(after[f"{name}.weight"], expected, atol=1e-6)
    touched = {f"{name}.weight" for name in LAYERS}
    assert all(torch.equal(after[name], before[name]) for name in before if name not in touched)


def test_what_does_not_fit_is_named_and_nothing_is_changed(tmp_path: Path) -> None:
    model = make_model()
    path = tmp_path / "lora.safetensors"
    good = {
        "blocks.0.self_attn.q.lora_A.weight": torch.ones(2, 128),
        "blocks.0.self_attn.q.lora_B.weight": torch.ones(128, 2),
    }
    for extra, says in (
        ({"blocks.9.self_attn.q.lora_A.weight": torch.ones(2, 128)}, "blocks.9.self_attn.q"),
        ({"blocks.1.self_attn.q.lora_A.weight": torch.ones(2, 128)}, "half of a pair"),
        ({"blocks.0.self_attn.q.diff_b": torch.ones(128)}, "diff_b"),
        ({"blocks.0.self_attn.q.lora_B.weight": torch.ones(64, 2)}, "64×128 for 128×128"),
        ({"blocks.0.self_attn.q.lora_B.weight": torch.ones(128, 3)}, "128×128 for 128×128"),
        ({"blocks.0.self_attn.q.lora_B.weight": torch.full((128, 2), float("nan"))}, "no numbers"),
        ({"blocks.0.self_attn.q.lora_B.weight": torch.ones(128, 2, dtype=torch.int64)}, "whole numbers"),
        (
            {
                "blocks.0.self_attn.q.lora_A.weight": torch.ones(129, 128),
                "blocks.0.self_attn.q.lora_B.weight": torch.ones(128, 129),
            },
            "rank 129",
        ),
    ):
        write_checkpoint(path, {**good, **extra})
        with pytest.raises(GeneratorError, match=r"not for the tiny model") as caught:
            read_lora(path, model)
        assert says in str(caught.value)


@pytest.mark.parametrize("spell", [FORMS["longlive"], kohya], ids=["peft", "kohya"])
def test_another_size_is_named(tmp_path: Path, spell: Callable[[str], tuple[str, str]]) -> None:
    """A LoRA for 1.3B on a smaller model: which it is for, and what has no place, in a sentence that stays short."""
    down, up = spell("blocks.3.self_attn.q")
    more, _ = spell("blocks.29.ffn.0")
    write_checkpoint(tmp_path / "lora.safetensors", {down: noise(4, 1536), up: noise(1536, 4), more: noise(4, 1536)})
    with pytest.raises(GeneratorError, match=r"not for the tiny model but for 1\.3B: no place for") as caught:
        read_lora(tmp_path / "lora.safetensors", make_model())
    assert "1536×1536 for 128×128" in str(caught.value) and more in str(caught.value)


def test_a_model_is_no_lora(tmp_path: Path) -> None:
    model = make_model()
    path = tmp_path / "wan.safetensors"
    write_checkpoint(path, in_layout(model, KeyNaming.WAN))
    with pytest.raises(GeneratorError, match="not a LoRA"):
        read_lora(path, model)
