"""From one layout to another: what comes out loads, in our models and in diffusers', and is whole or not there."""

import weakref
from pathlib import Path

import pytest
import torch
from diffusers import AutoencoderKLWan
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, safe_open
from torch import Tensor

from engine.errors import GeneratorError
from engine.generators.wan.codecs.checkpoints import load_codec
from engine.generators.wan.dims import WAN_TINY
from engine.generators.wan.files.key_names import KeyNaming
from engine.generators.wan.files.tensor_file import TensorFile
from engine.generators.wan.files.tensor_writer import TensorOutline, write_tensors
from engine.generators.wan.library.converting import ConvertProgress, Target, convert
from engine.generators.wan.library.inspection import check_file
from engine.generators.wan.loading.lora import read_lora
from engine.generators.wan.loading.random_weights import in_layout, write_checkpoint
from engine.generators.wan.loading.weights import Part
from tests.wan.codecs.published import taehv_layout, wan_layout
from tests.wan.models import CPU, diffusers_vace_model, load_all, make_model, noise
from tests.wan.test_checkpoint import same


def test_from_a_training_script_to_diffusers_and_back(tmp_path: Path) -> None:
    source = make_model(vace=True)
    start, there, back = tmp_path / "start.pt", tmp_path / "there.safetensors", tmp_path / "back.safetensors"
    write_checkpoint(start, in_layout(source, KeyNaming.PREFIXED), wrapping="generator_ema")
    steps = list(convert(start, there, to=Target.DIFFUSERS))
    size = sum(slot.nbytes for slot in source.slots().values())
    assert steps[-1] == ConvertProgress(size, size) and len(steps) == len(source.slots())
    diffusers_vace_model(WAN_TINY).load_state_dict(load_file(there), strict=True)
    with safe_open(there, "pt") as file:
        assert file.metadata() == {"format": "pt"}
    list(convert(there, back, to=Target.ORIGINAL))
    assert "layout Wan 2.1," in check_file(back)
    target = make_model(seed=2, vace=True)
    load_all(target, back)
    load_all(target, back, Part.BRANCH)
    assert same(target, source)


def test_the_dtype_can_be_changed_and_the_layout_kept(tmp_path: Path) -> None:
    source = make_model()
    start, end = tmp_path / "start.safetensors", tmp_path / "end.safetensors"
    write_checkpoint(start, in_layout(source, KeyNaming.DIFFUSERS))
    list(convert(start, end, dtype=torch.bfloat16))
    expected = {key: tensor.bfloat16() for key, tensor in in_layout(source, KeyNaming.DIFFUSERS).items()}
    found = load_file(end)
    assert found.keys() == expected.keys() and all(torch.equal(found[key], expected[key]) for key in found)


def test_the_vae_goes_to_diffusers_and_back(tmp_path: Path) -> None:
    start, there, back = tmp_path / "start.pth", tmp_path / "there.safetensors", tmp_path / "back.safetensors"
    weights = {name: noise(*shape, seed=seed) for seed, (name, shape) in enumerate(wan_layout(8).items())}
    torch.save(weights, start)
    list(convert(start, there, to=Target.DIFFUSERS))
    AutoencoderKLWan(base_dim=8).load_state_dict(load_file(there), strict=True)
    list(convert(there, back, to=Target.ORIGINAL))
    found = load_file(back)
    assert found.keys() == weights.keys() and all(torch.equal(found[name], weights[name]) for name in weights)
    del weights["conv1.bias"]
    torch.save(weights, start)
    with pytest.raises(GeneratorError, match=r"1 missing: encoder\.quant\.bias"):
        list(convert(start, tmp_path / "new.safetensors"))


def test_codecs_loras_and_modules_move_into_safetensors(tmp_path: Path) -> None:
    weights = {name: noise(*shape) for name, shape in taehv_layout(8, (8, 8, 8, 8)).items()}
    torch.save(weights, tmp_path / "tae.pth")
    list(convert(tmp_path / "tae.pth", tmp_path / "tae.safetensors"))
    load_codec(tmp_path / "tae.safetensors", CPU, torch.float32)
    pair = {"lora_A": noise(2, 128), "lora_B": noise(128, 2)}
    lora = {f"base_model.model.blocks.0.self_attn.q.{side}.weight": tensor for side, tensor in pair.items()}
    lora["base_model.model.blocks.0.self_attn.q.alpha"] = torch.tensor(1.0, dtype=torch.bfloat16)
    torch.save({"generator_lora": lora}, tmp_path / "lora.pt")
    list(convert(tmp_path / "lora.pt", tmp_path / "lora.safetensors"))
    (adapter,) = read_lora(tmp_path / "lora.safetensors", make_model()).adapters
    assert adapter.factor == 0.5
    module = in_layout(make_model(vace=True), KeyNaming.VACE_MODULE)
    torch.save(module, tmp_path / "vace.pt")
    list(convert(tmp_path / "vace.pt", tmp_path / "vace.safetensors", to=Target.ORIGINAL))
    assert check_file(tmp_path / "vace.safetensors").startswith("Depth branch for Wan tiny")
    for name in ("tae.pth", "lora.pt", "vace.pt"):
        with pytest.raises(GeneratorError, match="no other layout"):
            list(convert(tmp_path / name, tmp_path / "new.safetensors", to=Target.DIFFUSERS))


@given(
    shapes=st.lists(st.lists(st.integers(0, 3), max_size=4), max_size=4),
    dtype=st.sampled_from([torch.float32, torch.bfloat16, torch.float8_e4m3fn, torch.int64, torch.bool]),
)
def test_what_is_written_is_what_the_library_reads(
    tmp_path_factory: pytest.TempPathFactory, shapes: list[list[int]], dtype: torch.dtype
) -> None:
    path = tmp_path_factory.mktemp("written") / "x.safetensors"
    tensors = {f"{index}é": noise(*shape, seed=index).to(dtype) for index, shape in enumerate(shapes)}
    outlines = [TensorOutline(name, tuple(tensor.shape), dtype) for name, tensor in tensors.items()]
    assert list(write_tensors(path, outlines, iter(tensors.values()))) == [tensor.nbytes for tensor in tensors.values()]
    found = load_file(path)
    assert found.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert found[name].shape == tensor.shape and torch.equal(found[name].view(dtype), tensor)


def test_one_tensor_is_held_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start, end = tmp_path / "start.safetensors", tmp_path / "end.safetensors"
    write_checkpoint(start, in_layout(make_model(), KeyNaming.WAN))
    held: list[weakref.ref[Tensor]] = []
    read = TensorFile.read

    def watched(self: TensorFile, key: str, device: torch.device) -> Tensor:
        tensor = read(self, key, device)
        held.append(weakref.ref(tensor))
        return tensor

    monkeypatch.setattr(TensorFile, "read", watched)
    for _ in convert(start, end, to=Target.DIFFUSERS, dtype=torch.bfloat16):
        assert sum(reference() is not None for reference in held) <= 1


def test_what_cannot_be_converted_leaves_nothing_behind(tmp_path: Path) -> None:
    start, end = tmp_path / "start.safetensors", tmp_path / "end.safetensors"
    whole = in_layout(make_model(), KeyNaming.WAN)
    name = "time_projection.1.weight"  # the last to be written
    large, broken = whole[name].clone(), whole[name].clone()
    large[0, 0], broken[0, 0] = 1e6, float("nan")
    for tensors, dtype, says in (
        ({**whole, name: broken}, None, "no numbers, in time_projection"),
        ({**whole, name: large}, torch.float16, "too large for float16"),
        ({key: tensor for key, tensor in whole.items() if key != name}, None, r"lacks time_projection\.1\.weight"),
    ):
        write_checkpoint(start, tensors)
        with pytest.raises(GeneratorError, match=says):
            list(convert(start, end, dtype=dtype))
        assert [path.name for path in tmp_path.iterdir()] == [start.name]
    write_checkpoint(start, whole)
    running = convert(start, end)
    next(running)
    running.close()  # as Ctrl-C would
    assert [path.name for path in tmp_path.iterdir()] == [start.name]
    with pytest.raises(GeneratorError, match="something here already"):
        list(convert(start, start))
    with pytest.raises(GeneratorError, match="Only safetensors"):
        list(convert(start, tmp_path / "end.pt"))
    with pytest.raises(GeneratorError, match="cannot be saved"):
        list(convert(start, tmp_path / "nowhere" / "end.safetensors"))
