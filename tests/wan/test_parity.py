"""One block, equal timesteps: our pass against diffusers', weights through our converter and through theirs."""

from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers.loaders.single_file_utils import convert_wan_transformer_to_diffusers

from engine.generators.wan.attention.choose import choose_attention
from engine.generators.wan.attention.registry import AttentionEntry, attention_candidates
from engine.generators.wan.dims import WAN_TINY
from engine.generators.wan.files.key_names import KeyNaming
from engine.generators.wan.kernels.matmul_fp8 import emulated_product, fp8_product
from engine.generators.wan.kernels.rows import TorchRows
from engine.generators.wan.loading.random_weights import in_layout, write_checkpoint
from engine.generators.wan.loading.weights import Part
from engine.generators.wan.model.blocks import KeyValues
from engine.generators.wan.model.transformer import CausalWan
from engine.generators.wan.model.vace import Control
from engine.generators.wan.recipes import SELF_FORCING
from tests.wan.models import (
    CPU,
    GRID,
    Runner,
    block_of,
    diffusers_model,
    diffusers_vace_model,
    load_all,
    make_cache,
    make_embedding,
    make_model,
    make_text,
    noise,
    relative,
)

TOLERANCE = 1e-4


def test_their_weights_in_our_model(tmp_path: Path) -> None:
    theirs = diffusers_model(WAN_TINY)
    path = tmp_path / "diffusion_pytorch_model.safetensors"
    write_checkpoint(path, {key: value.contiguous() for key, value in theirs.state_dict().items()})
    ours = load_all(make_model(seed=2), path)
    _compare(ours, theirs)


def test_our_weights_in_their_model() -> None:
    ours = make_model()
    theirs = diffusers_model(WAN_TINY)
    theirs.load_state_dict(convert_wan_transformer_to_diffusers(in_layout(ours, KeyNaming.WAN)), strict=True)
    _compare(ours, theirs)


def test_the_depth_branch(tmp_path: Path) -> None:
    theirs = diffusers_vace_model(WAN_TINY)
    path = tmp_path / "diffusion_pytorch_model.safetensors"
    write_checkpoint(path, {key: value.contiguous() for key, value in theirs.state_dict().items()})
    ours = make_model(vace=True, seed=2)
    load_all(ours, path)
    load_all(ours, path, Part.BRANCH)
    _compare_depth(ours, theirs)


@pytest.mark.parametrize("converter", ["theirs", "ours"])
def test_our_depth_branch_in_their_model(converter: str) -> None:
    ours = make_model(vace=True)
    theirs = diffusers_vace_model(WAN_TINY)
    if converter == "theirs":
        tensors = convert_wan_transformer_to_diffusers(in_layout(ours, KeyNaming.WAN))
    else:
        tensors = in_layout(ours, KeyNaming.DIFFUSERS)
    theirs.load_state_dict(tensors, strict=True)
    _compare_depth(ours, theirs)


def test_without_its_branch_a_model_refuses_depth() -> None:
    branch = make_model(vace=True).vace
    assert branch is not None
    control = Control(branch.embed(noise(1, 96, 3, GRID.height, GRID.width, seed=5)), torch.tensor(1.0))
    with pytest.raises(ValueError, match="depth branch"):
        plain = make_model()
        Runner(plain, make_cache(plain, SELF_FORCING), make_text(plain)).passed(
            block_of(SELF_FORCING), 937.5, control=control
        )


@pytest.mark.parametrize(
    "entry", [entry for entry in attention_candidates() if not entry.capabilities], ids=lambda entry: entry.label
)
def test_whole_passes_are_the_same_by_every_kernel(entry: AttentionEntry) -> None:
    """Chunks with a past, plain and biased, by each kernel that there is for the CPU, against the formula."""
    attention, _ = choose_attention(CPU, torch.float32, WAN_TINY, (entry,))
    assert attention.name == entry.label
    runners = [
        Runner(model, make_cache(model, SELF_FORCING), make_text(model))
        for model in (make_model(attention=attention), make_model())
    ]
    for index in range(4):
        latents = block_of(SELF_FORCING, seed=index)
        bias = None if index % 2 else runners[0].cache.bias(torch.tensor(-1.5))
        value, expected = (runner.passed(latents, 833.3, bias=bias) for runner in runners)
        assert relative(value, expected) < TOLERANCE
        for runner in runners:
            runner.cache.commit()


@pytest.mark.parametrize(("dtype", "bound"), [(torch.float32, 1e-5), (torch.bfloat16, 2**-8)], ids=str)
def test_a_product_in_fp8_is_what_its_operands_say(dtype: torch.dtype, bound: float) -> None:
    """The operator that the matrix units are called by, which the CPU knows too, against the formula in float64."""
    (a, a_scale), (b, b_scale) = (TorchRows().quantise(noise(rows, 64, seed=rows)) for rows in (48, 32))
    bias = noise(32, seed=1)
    expected = (a.double() * a_scale.double()) @ (b.double() * b_scale.double()).t() + bias.double()
    assert relative(fp8_product(a, a_scale, b, b_scale, bias.to(dtype), dtype), expected) < bound
    assert relative(emulated_product(a, a_scale, b, b_scale, bias, torch.float32), expected) < 1e-6


def test_each_frame_has_a_time_of_its_own() -> None:
    ours = make_model()
    theirs = diffusers_model(WAN_TINY)
    theirs.load_state_dict(convert_wan_transformer_to_diffusers(in_layout(ours, KeyNaming.WAN)), strict=True)
    cache = make_cache(ours, SELF_FORCING)
    latents = block_of(SELF_FORCING)
    times = torch.tensor([[1000.0, 500.0, 0.0]])
    value = ours(latents, times, cache.rotation, make_text(ours), cache.window())
    per_token = times.repeat_interleave(GRID.tokens, dim=1)
    expected = theirs(latents, per_token, make_embedding(WAN_TINY), return_dict=False)[0]
    assert relative(value, expected) < TOLERANCE


def test_a_prompt_is_encoded_in_place() -> None:
    ours = make_model(vace=True)
    text = ours.text_buffers()
    addresses = [tensor.data_ptr() for tensor in text]
    ours.encode_text(make_embedding(WAN_TINY), text)
    assert [tensor.data_ptr() for tensor in text] == addresses
    assert text.k.shape[0] == WAN_TINY.layers + len(WAN_TINY.vace_layers)
    assert isinstance(text, KeyValues) and bool(text.k.abs().sum((1, 2, 3, 4)).gt(0).all())


def test_half_precision_stays_close() -> None:
    """Not parity but a guard: bfloat16 weights and activations with float32 norms, gates, angles and softmax."""
    latents = block_of(SELF_FORCING)
    outputs = []
    for dtype in (torch.float32, torch.bfloat16):
        model = make_model(dtype=dtype)
        runner = Runner(model, make_cache(model, SELF_FORCING), make_text(model))
        runner.passed(latents, 0.0)
        runner.cache.commit()
        outputs.append(runner.passed(block_of(SELF_FORCING, seed=1), 833.3))
    assert outputs[1].dtype is torch.float32
    assert relative(outputs[1], outputs[0]) < 3e-2


def _compare(ours: object, theirs: object) -> None:
    runner = Runner(ours, make_cache(ours, SELF_FORCING), make_text(ours))
    latents = block_of(SELF_FORCING)
    for timestep in (1000.0, 937.5, 625.0, 0.0):
        expected = theirs(latents, torch.tensor([timestep]), make_embedding(WAN_TINY), return_dict=False)[0]
        assert relative(runner.passed(latents, timestep), expected) < TOLERANCE


def _compare_depth(ours: CausalWan, theirs: Any) -> None:
    runner = Runner(ours, make_cache(ours, SELF_FORCING), make_text(ours))
    latents, depth = block_of(SELF_FORCING), noise(1, 96, 3, GRID.height, GRID.width, seed=5)
    assert ours.vace is not None
    without = runner.passed(latents, 937.5)
    for scale in (1.0, 0.4):
        control = Control(ours.vace.embed(depth), torch.tensor(scale))
        expected = theirs(
            latents,
            torch.tensor([937.5]),
            make_embedding(WAN_TINY),
            control_hidden_states=depth,
            control_hidden_states_scale=torch.full((len(WAN_TINY.vace_layers),), scale),
            return_dict=False,
        )[0]
        assert relative(runner.passed(latents, 937.5, control=control), expected) < TOLERANCE
        assert relative(without, expected) > 0.01  # the hints do something
    assert torch.equal(without, runner.passed(latents, 937.5))
