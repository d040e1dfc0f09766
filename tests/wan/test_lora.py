"""LoRA files: merged equals runtime, live scale, and a sentence for files of another model."""

import gc
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from engine.errors import GeneratorError
from engine.generators.wan.dims import WAN_TINY
from engine.generators.wan.files.key_names import KeyNaming, to_diffusers
from engine.generators.wan.library.inspection import check_file
from engine.generators.wan.loading.live_lora import LiveLoras
from engine.generators.wan.loading.lora import merge_lora, read_lora
from engine.generators.wan.loading.random_weights import in_layout, write_checkpoint
from engine.generators.wan.model.linear import Linear
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


def musubi(name: str) -> tuple[str, str]:
    """Half flattened, with two underscores, as some versions write it."""
    return (
        f"lora_unet__{name.replace('.', '_', 1)}.lora_down.weight",
        f"lora_unet__{name.replace('.', '_', 1)}.lora_up.weight",
    )


def onetrainer(name: str) -> tuple[str, str]:
    stem = f"lora_transformer_{to_diffusers(f'{name}.').removesuffix('.').replace('.', '_')}"
    return f"{stem}.lora_down.weight", f"{stem}.lora_up.weight"


def old_diffusers(name: str) -> tuple[str, str]:
    stem = f"transformer.{to_diffusers(f'{name}.').removesuffix('.')}"
    return f"{stem}.lora.down.weight", f"{stem}.lora.up.weight"


FORMS = {
    "longlive": peft("base_model.model."),
    "peft": peft("base_model.model.model.", ".default"),
    "comfy": peft("diffusion_model."),
    "bare": peft(""),
    "diffusers": diffusers,
    "named adapter": peft("base_model.model.", ".style1"),
    "kohya": kohya,
    "half flattened": musubi,
    "onetrainer": onetrainer,
    "old diffusers": old_diffusers,
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
    live = LiveLoras(model, [lora], [1.0])
    for scale in (1.0, 0.3, -0.5):
        live.set_scales([scale])
        merged = make_model()
        merge_lora(merged, lora, scale)
        assert relative(velocity(model), velocity(merged)) < 1e-4
        assert relative(velocity(model), plain) > 1e-3
    live.set_scales([0.0])
    assert torch.equal(velocity(model), plain)
    live.detach()
    assert torch.equal(velocity(model), plain)
    with pytest.raises(ValueError, match="scale"):
        live.set_scales([float("nan")])


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


def test_what_fits_plays_and_the_rest_is_named(tmp_path: Path) -> None:
    """A strange part does not cost the style: either it is left out and told, or nothing fits and that is told."""
    model = make_model()
    path = tmp_path / "lora.safetensors"
    good = {
        "blocks.0.self_attn.q.lora_A.weight": torch.ones(2, 128),
        "blocks.0.self_attn.q.lora_B.weight": torch.ones(128, 2),
    }
    for extra, says in (
        ({"blocks.9.self_attn.q.lora_A.weight": torch.ones(2, 128)}, "blocks.9.self_attn.q"),
        ({"blocks.1.self_attn.q.lora_A.weight": torch.ones(2, 128)}, "half of a pair"),
        ({"blocks.0.self_attn.q.diff_b": torch.ones(64)}, "diff_b 64 for 128"),
        ({"blocks.0.self_attn.diff": torch.ones(128)}, "blocks.0.self_attn.diff"),
        ({"blocks.0.self_attn.q.dora_scale": torch.ones(64, 1)}, "magnitude 64×1 for 128×128"),
        ({"blocks.0.self_attn.q.alpha": torch.ones(2)}, "no matrices"),
        ({"text_encoders.t5xxl.encoder.q.lora_A.weight": torch.ones(2, 8)}, "of the text encoder"),
        ({"blocks.0.cross_attn.k_img.lora_A.weight": torch.ones(2, 128)}, "of an image-to-video model"),
        ({"diffusion_model.blocks.0.self_attn.q.lora_A.weight": torch.ones(2, 128)}, "there twice"),
        ({"blocks.1.self_attn.q.lora_A.weight": torch.ones(0, 128)}, "half of a pair"),
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
        if {key.rpartition(".lora_")[0] or key.rpartition(".")[0] for key in extra} & {"blocks.0.self_attn.q"}:
            with pytest.raises(GeneratorError) as caught:  # what would fit is spoilt
                read_lora(path, model)
            assert "fetch it again" not in str(caught.value)
            assert says in str(caught.value)
        else:
            lora = read_lora(path, model)
            assert [adapter.target for adapter in lora.adapters] == ["blocks.0.self_attn.q"]
            assert len(lora.left_out) == 1 and says in lora.left_out[0]
            told = check_file(path)
            assert "whole. Left out is" in told and says in told


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


def differences(model: CausalWan, seed: int) -> dict[str, Tensor]:
    """A difference of every kind of tensor, by the model's own name of it."""
    names = (
        *("blocks.0.self_attn.q.bias", "blocks.1.cross_attn.v.bias", "patch_embedding.bias", "patch_embedding.weight"),
        *("blocks.0.self_attn.norm_q.weight", "blocks.1.norm3.weight", "blocks.1.norm3.bias"),
        *("blocks.0.modulation", "head.modulation", "blocks.1.ffn.0.weight"),
    )
    slots = model.slots()
    return {name: 0.1 * noise(*slots[name].shape, seed=seed + index) for index, name in enumerate(names)}


ENDINGS = {"weight": ".diff", "bias": ".diff_b", "modulation": ".diff_m"}


def spelled(name: str, diffusers_names: bool) -> str:
    stem, _, kind = name.rpartition(".")
    if diffusers_names:
        stem = to_diffusers(f"{stem}.").removesuffix(".")
    return f"diffusion_model.{stem}{ENDINGS[kind]}"


@pytest.mark.parametrize("diffusers_names", [False, True])
def test_differences_are_added_to_what_they_name(tmp_path: Path, diffusers_names: bool) -> None:
    """LightX2V's layout: .diff to weights and norms, .diff_b to biases, .diff_m to modulations."""
    model, before = make_model(), make_model().slots()
    wanted = differences(model, 60)
    path = tmp_path / "lora.safetensors"
    down, up = peft("diffusion_model.")(LAYERS[0])
    pair = pairs(model)[LAYERS[0]]
    write_checkpoint(path, {down: pair[0], up: pair[1], **{spelled(n, diffusers_names): d for n, d in wanted.items()}})
    lora = read_lora(path, model)
    assert len(lora.adapters) == 1 and len(lora.differences) == len(wanted)
    merge_lora(model, lora, 0.5)
    after = model.slots()
    for name, difference in wanted.items():
        added = 0.5 * pair[1] @ pair[0] if name == f"{LAYERS[0]}.weight" else 0.0
        assert torch.allclose(after[name], before[name] + 0.5 * difference + added, atol=1e-6), name
    touched = {*wanted, f"{LAYERS[0]}.weight"}
    assert all(torch.equal(after[name], before[name]) for name in before if name not in touched)


def test_a_file_of_differences_alone_is_one(tmp_path: Path) -> None:
    path = tmp_path / "lora.safetensors"
    write_checkpoint(path, {"diffusion_model.blocks.0.self_attn.q.diff_b": torch.ones(128)})
    assert read_lora(path, make_model()).sentence == "0 layers and 1 differences of lora.safetensors"


def test_several_are_turned_each_by_itself(tmp_path: Path) -> None:
    """Two files that touch the same tensors, at scales of their own: merged at these scales is the same."""
    latents, plain = block_of(LONGLIVE), make_model()
    loras = []
    for seed in (60, 80):
        path = tmp_path / f"{seed}.safetensors"
        tensors = {spelled(name, False): tensor for name, tensor in differences(plain, seed).items()}
        down, up = kohya(LAYERS[seed % 7])
        tensors |= {down: 0.1 * noise(RANK, 128, seed=seed), up: 0.1 * noise(128, RANK, seed=seed + 1)}
        write_checkpoint(path, tensors)
        loras.append(read_lora(path, plain))

    def velocity(model: CausalWan) -> Tensor:
        return Runner(model, make_cache(model, LONGLIVE), make_text(model)).passed(latents, 833.3)

    live = make_model()
    turned = LiveLoras(live, [loras[0], None, loras[1]], [1.0, 1.0, 1.0])
    assert turned.count == 3
    for scales in ((1.0, 1.0), (0.3, -0.5), (0.0, 0.7), (0.0, 0.0)):
        turned.set_scales([scales[0], 1.0, scales[1]])
        merged = make_model()
        for lora, scale in zip(loras, scales, strict=True):
            merge_lora(merged, lora, scale)
        assert relative(velocity(live), velocity(merged)) < 1e-4
    assert torch.equal(velocity(live), velocity(plain))
    turned.detach()
    assert torch.equal(velocity(live), velocity(plain))


def test_a_live_one_keeps_no_weights_that_were_packed(tmp_path: Path) -> None:
    """Layers change places with packed ones after it was hung on them: the large matrices have to go then."""
    model = make_model()
    path = tmp_path / "lora.safetensors"
    diffs = {spelled(name, False): tensor for name, tensor in differences(model, 60).items()}
    write_checkpoint(path, {**diffs, **{key: torch.ones(1, 128) for key in kohya(LAYERS[0])[:1]}} | {
        kohya(LAYERS[0])[1]: torch.ones(128, 1)
    })  # fmt: skip
    live = LiveLoras(model, [read_lora(path, model)], [1.0])
    old = weakref.ref(model.blocks[0].self_attn.qkv)
    count = len(old().adapters)
    packed = Linear(128, 384)
    packed.adapters = model.blocks[0].self_attn.qkv.adapters
    model.blocks[0].self_attn.qkv = packed
    gc.collect()
    assert old() is None and count == 2
    live.detach()
    assert not len(packed.adapters)


@pytest.mark.parametrize(
    ("key", "by_row"),
    [(".dora_scale", True), (".dora_scale", False), (".lora_magnitude_vector.default.weight", True)],
)
def test_dora_sets_the_length_after_the_addition(tmp_path: Path, key: str, by_row: bool) -> None:
    model, before = make_model(), make_model().slots()
    name = "blocks.1.ffn.0"
    down, up = pairs(model)[name]
    size = up.shape[0] if by_row else down.shape[1]
    length = noise(size, seed=5).abs() + 0.5
    shape = length if "vector" in key else length[:, None] if by_row else length[None]
    path = tmp_path / "dora.safetensors"
    stem = f"diffusion_model.{name}"
    write_checkpoint(
        path, {f"{stem}.lora_A.weight": down, f"{stem}.lora_B.weight": up, f"{stem}{key}": shape.contiguous()}
    )
    lora = read_lora(path, model)
    merge_lora(model, lora)
    merged = model.slots()[f"{name}.weight"]
    assert torch.allclose(merged.norm(dim=1 if by_row else 0), length, rtol=1e-4)
    added = before[f"{name}.weight"] + up @ down
    assert torch.allclose(torch.cosine_similarity(merged, added, dim=1 if by_row else 0), torch.ones(1), atol=1e-5)
    with pytest.raises(GeneratorError, match=r"DoRA, which sets the length .* Leave `live` out of the model card"):
        LiveLoras(make_model(), [lora], [1.0])


@pytest.mark.parametrize(
    ("tensors", "told"),
    [
        ({"hada_w1_a": (128, 2), "hada_w1_b": (2, 128), "hada_w2_a": (128, 2), "hada_w2_b": (2, 128)}, "LoHa"),
        ({"lokr_w1": (4, 4), "lokr_w2": (32, 32)}, "LoKr"),
        ({"oft_blocks": (4, 32, 32)}, "OFT"),
    ],
)
def test_other_adapters_are_named_and_refused(tmp_path: Path, tensors: dict[str, tuple[int, ...]], told: str) -> None:
    path = tmp_path / "other.safetensors"
    stem = "lycoris_blocks_0_self_attn_q"
    write_checkpoint(path, {f"{stem}.{name}": torch.ones(shape) for name, shape in tensors.items()})
    for read in (lambda: read_lora(path, make_model()), lambda: check_file(path)):
        with pytest.raises(GeneratorError, match=rf"This is a {told} \(.*, which is not read here"):
            read()


def test_the_refusal_is_that_of_the_model_that_fits_best(tmp_path: Path) -> None:
    """The published layout at 1.3B's sizes, block 0; then one tensor more, of a block that is not there."""
    path = tmp_path / "big.safetensors"
    stem = "diffusion_model.blocks.0.cross_attn"
    tensors = {f"{stem}.{part}.lora_down.weight": torch.zeros(4, 1536) for part in "qkvo"}
    tensors |= {f"{stem}.{part}.lora_up.weight": torch.zeros(1536, 4) for part in "qkvo"}
    tensors |= {f"{stem}.{part}.diff_b": torch.zeros(1536) for part in "qkvo"}
    tensors |= {f"{stem}.norm_k.diff": torch.zeros(1536), "diffusion_model.blocks.0.diff_m": torch.zeros(1, 6, 1536)}
    write_checkpoint(path, tensors)
    assert check_file(path).startswith("LoRA (kohya) for Wan 1.3B, 14 tensors")
    write_checkpoint(path, {**tensors, "diffusion_model.blocks.30.cross_attn.q.diff_b": torch.zeros(1536)})
    told = check_file(path)
    assert told.startswith("LoRA (kohya) for Wan 1.3B, 15 tensors") and "Left out is diffusion_model.blocks.30" in told
