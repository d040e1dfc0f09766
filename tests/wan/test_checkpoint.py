"""Files of every layout in, and a sentence for every file that does not belong."""

import json
import os
import pickle
import re
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from engine.errors import GeneratorError
from engine.generators.wan.dims import WAN_1_3B, WAN_14B, WAN_TINY, ModelDims
from engine.generators.wan.files.checkpoint import Checkpoint
from engine.generators.wan.files.faults import listed
from engine.generators.wan.files.key_names import KeyNaming, bare, detect, from_diffusers, to_diffusers
from engine.generators.wan.library.inspection import check_file
from engine.generators.wan.loading.random_weights import in_layout, write_checkpoint
from engine.generators.wan.loading.weights import LoadProgress, Part, load, recognise
from engine.generators.wan.model.transformer import CausalWan
from tests.wan.models import MathAttention, load_all, make_model

FORMS = [
    ("wan.safetensors", KeyNaming.WAN, ""),
    ("wan.pth", KeyNaming.WAN, ""),
    ("krea.safetensors", KeyNaming.PREFIXED, ""),
    ("self_forcing_dmd.pt", KeyNaming.PREFIXED, "generator_ema"),
    ("longlive_base.pt", KeyNaming.PREFIXED, "generator"),
    ("wan_causal_dmd_v2v_model.pt", KeyNaming.PREFIXED, "generator"),
    ("causal_forcing.pt", KeyNaming.PREFIXED, "generator_ema"),
    ("diffusion_pytorch_model.safetensors", KeyNaming.DIFFUSERS, ""),
]


def same(a: CausalWan, b: CausalWan, prefix: str = "") -> bool:
    other = b.slots()
    return all(torch.equal(slot, other[name]) for name, slot in a.slots().items() if name.startswith(prefix))


@pytest.mark.parametrize(("name", "layout", "wrapping"), FORMS, ids=[form[0] for form in FORMS])
def test_each_layout_is_recognised_and_loaded(tmp_path: Path, name: str, layout: KeyNaming, wrapping: str) -> None:
    source = make_model()
    path = tmp_path / name
    write_checkpoint(path, in_layout(source, layout), wrapping=wrapping)
    with Checkpoint.open(path) as checkpoint:
        assert checkpoint.layout is layout
        assert recognise(checkpoint) is WAN_TINY
        target = make_model(seed=2)
        progress = list(load(target, checkpoint, Part.MAIN))
    assert progress[-1] == LoadProgress(len(source.slots()), len(source.slots()))
    assert same(source, target)


@pytest.mark.parametrize("layout", [KeyNaming.WAN, KeyNaming.DIFFUSERS], ids=lambda layout: layout.value)
def test_a_file_with_both_halves_serves_each(tmp_path: Path, layout: KeyNaming) -> None:
    source = make_model(vace=True)
    path = tmp_path / "vace.safetensors"
    write_checkpoint(path, in_layout(source, layout))
    plain = make_model(seed=2)
    load_all(plain, path)
    assert same(plain, source)
    both = make_model(seed=3, vace=True)
    load_all(both, path)
    load_all(both, path, Part.BRANCH)
    assert same(both, source)


def test_a_vace_module_goes_onto_a_model(tmp_path: Path) -> None:
    source = make_model(vace=True)
    path = tmp_path / "module.safetensors"
    write_checkpoint(path, in_layout(source, KeyNaming.VACE_MODULE))
    target = make_model(seed=2, vace=True)
    load_all(target, path, Part.BRANCH)
    assert same(source, target, "vace_") and not same(source, target, "blocks.0")
    with Checkpoint.open(path) as checkpoint, pytest.raises(GeneratorError, match="belongs onto a model"):
        recognise(checkpoint)


def test_wrappers_of_training_are_looked_through(tmp_path: Path) -> None:
    source = make_model()
    odd = {f"model._fsdp_wrapped_module._orig_mod.{name}": tensor for name, tensor in source.slots().items()}
    path = tmp_path / "fsdp.pt"
    write_checkpoint(path, {key: tensor.clone() for key, tensor in odd.items()}, wrapping="generator")
    assert same(load_all(make_model(seed=2), path), source)


def test_shards_are_read_through_their_index(tmp_path: Path) -> None:
    source = make_model()
    tensors = in_layout(source, KeyNaming.DIFFUSERS)
    keys = sorted(tensors)
    shards = {"a.safetensors": keys[::2], "b.safetensors": keys[1::2]}
    for name, members in shards.items():
        write_checkpoint(tmp_path / name, {key: tensors[key] for key in members})
    index = tmp_path / "diffusion_pytorch_model.safetensors.index.json"
    where = {key: name for name, members in shards.items() for key in members}
    index.write_text(json.dumps({"weight_map": where}))
    assert same(load_all(make_model(seed=2), index), source)
    for wrong, says in (
        ({"weight_map": {**where, "more": "a.safetensors"}}, "its shards lack more"),
        ({"weight_map": {"x": "../a.safetensors"}}, "outside its folder"),
        ({"weight_map": 3}, "no weight_map"),
        ([], "no weight_map"),
    ):
        index.write_text(json.dumps(wrong))
        with pytest.raises(GeneratorError, match=says):
            Checkpoint.open(index)
    for text, says in (
        ("{", "not valid JSON"),
        ("[" * 100_000, "nested more than 32 deep"),
        ('{"metadata": {"total_size": ' + "9" * 65 + "}}", "more than 64 digits"),
        (json.dumps({"weight_map": where}) + " " * (4 << 20), "larger than 4 MiB"),
    ):
        index.write_text(text)
        with pytest.raises(GeneratorError, match=rf"The index of shards is .*{says}.* lies beside its shards"):
            Checkpoint.open(index)


def test_it_is_cast_on_the_way(tmp_path: Path) -> None:
    source = make_model()
    path = tmp_path / "wan.safetensors"
    write_checkpoint(path, in_layout(source, KeyNaming.WAN))
    target = load_all(make_model(seed=2, dtype=torch.bfloat16), path)
    other = target.slots()
    assert all(torch.equal(slot.bfloat16(), other[name]) for name, slot in source.slots().items())


def test_what_does_not_fit_is_named_before_anything_is_written(tmp_path: Path) -> None:
    tensors = in_layout(make_model(), KeyNaming.WAN)
    del tensors["blocks.1.ffn.0.bias"]
    tensors["blocks.0.cross_attn.k_odd.weight"] = torch.zeros(3)
    tensors["head.head.weight"] = torch.zeros(2, 2)
    path = tmp_path / "odd.safetensors"
    write_checkpoint(path, tensors)
    target, untouched = make_model(seed=2), make_model(seed=2)
    with pytest.raises(GeneratorError) as caught:
        load_all(target, path)
    text = str(caught.value)
    assert "lacks blocks.1.ffn.0.bias" in text
    assert "has unknown blocks.0.cross_attn.k_odd.weight" in text
    assert "has misshapen head.head.weight [2, 2] for [64, 128]" in text
    assert same(target, untouched)


@pytest.mark.parametrize("name", ["a.pt", "a.safetensors", "a.safetensors.index.json"])
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(GeneratorError, match="a pipe or a device"):
        Checkpoint.open(tmp_path / name)


def test_the_sentence_stays_short(tmp_path: Path) -> None:
    path = tmp_path / "half.safetensors"
    tensors = {key: value for key, value in in_layout(make_model(), KeyNaming.WAN).items() if "blocks" not in key}
    write_checkpoint(path, tensors)
    with pytest.raises(GeneratorError) as caught:
        load_all(make_model(), path)
    assert "more" in str(caught.value) and len(str(caught.value)) < 600
    assert listed(["a"]) == "a" and listed([str(n) for n in range(9)]).endswith("5 and 3 more")


def test_another_size_is_told_by_its_size(tmp_path: Path) -> None:
    tensors = in_layout(make_model(), KeyNaming.WAN)
    tensors["patch_embedding.weight"] = torch.zeros(99, 16, 1, 2, 2)
    path = tmp_path / "odd.safetensors"
    write_checkpoint(path, tensors)
    with Checkpoint.open(path) as checkpoint, pytest.raises(GeneratorError, match=r"99 wide .* 1\.3B \(1536 wide"):
        recognise(checkpoint)


class Payload:
    """Would write a file if it were ever unpickled."""

    def __init__(self, target: Path) -> None:
        self._target = target

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (self._target,)  # type: ignore[return-value]


@pytest.mark.parametrize("wrap", [lambda bad: bad, lambda bad: {"generator": {"model.x": bad}}], ids=["bare", "nested"])
def test_code_in_a_file_is_never_run(tmp_path: Path, wrap: Callable[[object], object]) -> None:
    mark = tmp_path / "ran"
    path = tmp_path / "bad.pt"
    torch.save(wrap(Payload(mark)), path)
    with pytest.raises(GeneratorError, match=r"not loaded: it (is damaged or )?holds more than weights"):
        Checkpoint.open(path)
    path.write_bytes(pickle.dumps(wrap(Payload(mark))))
    with pytest.raises(GeneratorError, match=r"neither a safetensors file nor one of torch\.save"):
        Checkpoint.open(path)
    assert not mark.exists()


def write_raw(path: Path, header: object, data: bytes = b"", length: int | None = None) -> Path:
    """A safetensors file by hand."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + data)
    return path


def test_a_safetensors_header_that_lies_is_a_sentence(tmp_path: Path) -> None:
    def f32(begin: int, end: int, shape: tuple[int, ...] = (2,)) -> dict[str, object]:
        return {"dtype": "F32", "shape": list(shape), "data_offsets": [begin, end]}

    path = tmp_path / "bad.safetensors"
    for header, data, length in (
        (b"{}", b"", 2**60),
        (b"{}", b"", 2**63),
        ({"a": f32(0, 8), "b": f32(4, 12)}, bytes(12), None),  # overlapping
        ({"a": f32(0, 8), "b": f32(16, 24)}, bytes(24), None),  # a hole between
        ({"a": f32(8, 0)}, bytes(8), None),
        ({"a": f32(0, 8, (2**62, 2**62))}, bytes(8), None),
        ({"a": f32(0, 2**50, (2**48,))}, bytes(8), None),
        ({"a": f32(0, 8, (3,))}, bytes(8), None),
        ({"a": {**f32(0, 8), "dtype": "X7"}}, bytes(8), None),
        (b"[" * 5000, b"", None),
    ):
        with pytest.raises(GeneratorError, match="cannot be read as weights"):
            Checkpoint.open(write_raw(path, header, data, length))


def test_numbers_without_bytes_of_their_own_are_a_sentence(tmp_path: Path) -> None:
    """Strides of 0 make a terabyte of four bytes, in a file of a kilobyte."""
    path = tmp_path / "hollow.pt"
    for hollow in (
        torch.zeros(1).expand(2**20, 2**18),
        torch.zeros(3, device="meta"),
        torch.zeros(3, 3).to_sparse(),
    ):
        torch.save({"patch_embedding.weight": hollow, "time_projection.1.weight": torch.zeros(1)}, path)
        with pytest.raises(GeneratorError, match=r"claims more numbers than it holds in patch_embedding\.weight"):
            Checkpoint.open(path)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float8_e4m3fn], ids=str)
def test_values_that_are_no_numbers_are_named(tmp_path: Path, dtype: torch.dtype) -> None:
    tensors = {name: tensor.to(dtype) for name, tensor in in_layout(make_model(), KeyNaming.WAN).items()}
    path = tmp_path / "nan.safetensors"
    write_checkpoint(path, tensors)
    load_all(make_model(seed=2), path)
    tensors["blocks.1.ffn.2.weight"].view(-1)[7] = float("nan")
    write_checkpoint(path, tensors)
    with pytest.raises(GeneratorError, match=r"no numbers, in blocks\.1\.ffn\.2\.weight"):
        load_all(make_model(seed=2), path)


def test_whole_numbers_are_no_weights(tmp_path: Path) -> None:
    tensors = in_layout(make_model(), KeyNaming.WAN)
    tensors["head.head.bias"] = tensors["head.head.bias"].to(torch.int8)
    path = tmp_path / "quantised.safetensors"
    write_checkpoint(path, tensors)
    with pytest.raises(GeneratorError, match=r"has whole numbers in head\.head\.bias"):
        load_all(make_model(seed=2), path)


def test_what_a_training_script_kept_beside_the_weights_is_left_alone(tmp_path: Path) -> None:
    """Averaged weights go before the raw ones, and the file says which they were."""
    source = make_model()
    raw = in_layout(make_model(seed=3), KeyNaming.PREFIXED)
    content = {"generator": raw, "generator_ema": in_layout(source, KeyNaming.PREFIXED), "critic": raw, "step": 600}
    path = tmp_path / "model.pt"
    torch.save(content, path)
    assert same(load_all(make_model(seed=2), path), source)
    with Checkpoint.open(path) as checkpoint:
        assert checkpoint.file.inside == "generator_ema"


@pytest.mark.parametrize("name", ["wan.safetensors", "wan.pt"])
def test_a_file_cut_short_anywhere_is_a_sentence(tmp_path: Path, name: str) -> None:
    whole = tmp_path / name
    write_checkpoint(whole, in_layout(make_model(), KeyNaming.WAN))
    content = whole.read_bytes()
    for length in (0, 1, 7, 8, 100, len(content) // 3, len(content) - 1):
        path = tmp_path / f"cut-{name}"
        path.write_bytes(content[:length])
        with pytest.raises(GeneratorError, match=r"cannot be read as weights|damaged") as caught:
            Checkpoint.open(path)
        assert not re.search(r"Reader|miniz|Error|\.cpp|central directory", caught.value.what)


@pytest.mark.parametrize(
    "extra", [{"img_emb.proj.1.weight": torch.ones(4, 4)}, {"blocks.0.cross_attn.k_img.bias": torch.ones(4)}, {}]
)
@pytest.mark.parametrize("layout", [KeyNaming.WAN, KeyNaming.PREFIXED])
def test_an_image_to_video_model_is_named_for_what_it_is(
    tmp_path: Path, extra: dict[str, Tensor], layout: KeyNaming
) -> None:
    tensors = in_layout(make_model(), layout)
    prefix = "model." if layout is KeyNaming.PREFIXED else ""
    if extra:
        tensors |= {f"{prefix}{key}": tensor for key, tensor in extra.items()}
    else:  # Wan 2.2 has nothing but its wider input
        tensors[f"{prefix}patch_embedding.weight"] = torch.ones(128, 36, 1, 2, 2)
    path = tmp_path / "i2v.safetensors"
    write_checkpoint(path, tensors)
    with pytest.raises(GeneratorError, match=r"This is an image-to-video model.*Take a text-to-video model of tiny"):
        load_all(make_model(), path)
    with pytest.raises(GeneratorError, match="This is an image-to-video model"):
        check_file(path)


@given(content=st.binary(max_size=300), suffix=st.sampled_from([".safetensors", ".pt", ".index.json"]))
def test_any_bytes_are_a_sentence(tmp_path_factory: pytest.TempPathFactory, content: bytes, suffix: str) -> None:
    path = tmp_path_factory.mktemp("bytes") / f"x{suffix}"
    path.write_bytes(content)
    with pytest.raises(GeneratorError):
        Checkpoint.open(path)


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@given(content=st.binary(max_size=60))
def test_any_bytes_in_torchs_envelope_are_a_sentence(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("bytes") / "x.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x/data.pkl", content)
        archive.writestr("x/byteorder", "little")
        archive.writestr("x/version", "3\n")
    with pytest.raises(GeneratorError):
        Checkpoint.open(path)


def test_what_is_no_model_is_said(tmp_path: Path) -> None:
    for name, content in (
        ("vae.safetensors", {"decoder.conv1.weight": torch.zeros(1)}),
        ("empty.safetensors", {}),
        ("vae.pth", {"decoder.conv1.weight": torch.zeros(1)}),
    ):
        write_checkpoint(tmp_path / name, content)
        with pytest.raises(GeneratorError, match=r"no weights of a Wan model|no tensors by name"):
            Checkpoint.open(tmp_path / name)
    torch.save([1, 2], tmp_path / "list.pt")
    with pytest.raises(GeneratorError, match="no tensors by name"):
        Checkpoint.open(tmp_path / "list.pt")
    for name in ("gone.safetensors", "gone.pt", "gone.index.json"):
        with pytest.raises(GeneratorError, match="no such file"):
            Checkpoint.open(tmp_path / name)
    with pytest.raises(GeneratorError):
        Checkpoint.open(tmp_path)


@pytest.mark.parametrize("dims", [WAN_1_3B, WAN_14B, WAN_TINY], ids=lambda dims: dims.name)
def test_names_travel_to_diffusers_and_back(dims: ModelDims) -> None:
    with torch.device("meta"):
        model = CausalWan(dims, MathAttention(), vace=True)
    names = list(model.slots())
    assert len(set(map(to_diffusers, names))) == len(names)
    for name in names:
        assert from_diffusers(to_diffusers(name)) == name == bare(f"model.{name}")


@pytest.mark.parametrize("vace", [False, True])
@pytest.mark.parametrize(("dims", "billions"), [(WAN_1_3B, 1.42), (WAN_14B, 14.29), (WAN_TINY, 0.001)])
def test_the_sizes_have_the_published_number_of_parameters(dims: ModelDims, billions: float, vace: bool) -> None:
    with torch.device("meta"):
        model = CausalWan(dims, MathAttention(), vace=vace)
    counted = sum(slot.numel() for slot in model.slots().values())
    assert counted == dims.parameters(vace=vace) == sum(parameter.numel() for parameter in model.parameters())
    if not vace:
        assert counted / 1e9 == pytest.approx(billions, abs=0.01)


def test_detection_knows_only_this_family() -> None:
    assert detect([]) is None
    assert detect(["encoder.block.0.layer.0.SelfAttention.q.weight"]) is None
    assert detect(["base_model.model.blocks.0.self_attn.q.lora_A.weight"]) is KeyNaming.LORA_PEFT
    assert detect(["lora_unet_blocks_0_self_attn_q.lora_down.weight"]) is KeyNaming.LORA_KOHYA
