"""Whatever a file of weights, a card or a text encoder's folder holds, a reader takes it or says so in a sentence."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest
import tomli_w
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor

from engine.errors import GeneratorError
from engine.generators.wan.cards import read_card
from engine.generators.wan.codecs.checkpoints import load_codec
from engine.generators.wan.codecs.taehv import TaehvConfig
from engine.generators.wan.codecs.wan_vae import WanVaeConfig
from engine.generators.wan.dims import WAN_TINY
from engine.generators.wan.files.checkpoint import Checkpoint
from engine.generators.wan.files.key_names import KeyNaming
from engine.generators.wan.library.inspection import check_file
from engine.generators.wan.loading.lora import merge_lora, read_lora
from engine.generators.wan.loading.random_weights import in_layout, write_checkpoint, write_codec
from engine.generators.wan.loading.weights import Part, load, recognise
from tests.wan.codecs.published import taehv_layout, wan_layout
from tests.wan.models import CPU, make_model

BOUNDED = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
DTYPES = (torch.float32, torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.int64, torch.uint8, torch.bool)
ODD = (*DTYPES, torch.complex64, torch.float8_e5m2)

NAMES = st.one_of(
    st.sampled_from(
        [
            *("patch_embedding.weight", "time_projection.1.weight", "head.modulation", "blocks.0.modulation"),
            *("model.patch_embedding.weight", "vace_blocks.0.before_proj.weight", "blocks..x", "blocks.٣.ffn.0.weight"),
            *("blocks.0.self_attn.q", "diffusion_model.blocks.0.ffn.0", "lora_unet_blocks_0_ffn_2", "blocks.0.norm3"),
            *(
                "condition_embedder.x",
                "scaled_fp8",
                "blocks.0.self_attn.q.weight",
                ".weight",
                "decoder.3.conv.0.weight",
            ),
            *(list(wan_layout(8))[:12]),
            *(list(taehv_layout(8, (8, 8, 8, 8)))[:12]),
            *(
                "encoder.down_blocks.0.norm1.gamma",
                "decoder.up_blocks.99999999.resnets.7.norm1.gamma",
                "blocks." + 5000 * "9",
                "shared",
                "token_embedding",
                "encoder.block.0.layer.0.SelfAttention.relative_attention_bias",
                "encoder.block.0.layer.0.SelfAttention.q",
                "encoder.block.0.layer.1.DenseReluDense.wi_0",
                "encoder.block.99999999.layer.0.SelfAttention.q",
                f"encoder.block.{5000 * '9'}.x",
            ),
        ]
    ),
    st.text(max_size=12),
)
ENDINGS = st.sampled_from(
    [
        *("", ".weight", ".bias", ".alpha", ".diff", ".diff_b", ".diff_m", ".dora_scale", ".lora_A.weight"),
        *(".lora_B.weight", ".lora_down.weight", ".lora_up.weight", ".lora.down.weight", ".lora_magnitude_vector"),
        *(".lora_A.style.weight", ".scale_weight", ".weight_scale", ".comfy_quant", ".hada_w1_a", ".base_layer.weight"),
    ]
)
SHAPES = st.one_of(
    st.lists(st.integers(0, 5), max_size=5).map(tuple),
    st.sampled_from([(128, 128), (4, 128), (128, 4), (256, 128), (128,), (1, 6, 128), (1536, 2), (128, 16, 1, 2, 2)]),
)


@st.composite
def tensors(draw: st.DrawFn, dtypes: tuple[torch.dtype, ...] = DTYPES) -> dict[str, Tensor]:
    """Names that mean something, on tensors that do not."""
    found = {}
    for _ in range(draw(st.integers(0, 8))):
        name = draw(NAMES) + draw(ENDINGS)
        shape, dtype = draw(SHAPES), draw(st.sampled_from(dtypes))
        value = draw(st.sampled_from([0.0, 1.0, -3.0, math.inf, math.nan]))
        whole = not (dtype.is_floating_point or dtype.is_complex)
        found[name] = torch.full(shape, 1.0 if whole else value).to(dtype)
    return found


def only_sentences(read: Callable[[], object]) -> None:
    try:
        read()
    except GeneratorError as error:
        assert error.what and len(str(error)) < 3000


def every_reader(path: Path) -> None:
    only_sentences(lambda: check_file(path))
    only_sentences(lambda: load_codec(path, CPU, torch.float32))

    def loaded() -> None:
        with Checkpoint.open(path) as checkpoint:
            recognise(checkpoint)
            for _ in load(make_model(vace=True), checkpoint, Part.MAIN):
                """One more tensor."""

    only_sentences(loaded)
    model = make_model()
    only_sentences(lambda: merge_lora(model, read_lora(path, model)))


@BOUNDED
@given(content=tensors())
def test_any_tensors_in_safetensors(tmp_path: Path, content: dict[str, Tensor]) -> None:
    path = tmp_path / "any.safetensors"
    write_checkpoint(path, {name: tensor.clone() for name, tensor in content.items()})
    every_reader(path)


THINGS = st.recursive(
    st.one_of(st.none(), st.integers(), st.text(max_size=5), st.just(torch.ones(2)), tensors(ODD)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(
            st.sampled_from(["generator", "ema", "model", "module", "state_dict", "step"]), inner, max_size=3
        ),
    ),
    max_leaves=4,
)


@BOUNDED
@given(content=THINGS, state=st.sampled_from(["", "generator", "ema"]))
def test_anything_in_torch_save(tmp_path: Path, content: object, state: str) -> None:
    path = tmp_path / "any.pt"
    torch.save(content, path)
    every_reader(path)
    only_sentences(lambda: Checkpoint.open(path, state=state).close())


@pytest.fixture(name="whole", scope="module")
def _whole(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A good file of every kind."""
    folder = tmp_path_factory.mktemp("whole")
    write_checkpoint(folder / "wan.safetensors", in_layout(make_model(), KeyNaming.WAN))
    write_checkpoint(folder / "wan.pt", in_layout(make_model(), KeyNaming.PREFIXED), wrapping="generator_ema")
    write_codec(folder / "vae.safetensors", WanVaeConfig(8), 1)
    write_codec(folder / "tae.safetensors", TaehvConfig(8, (8, 8, 8, 8)), 1)
    pair = {"lora_A.weight": torch.ones(2, 128), "lora_B.weight": torch.ones(128, 2), "diff_b": torch.ones(128)}
    write_checkpoint(folder / "lora.safetensors", {f"blocks.0.self_attn.q.{key}": one for key, one in pair.items()})
    return sorted(folder.iterdir())


@BOUNDED
@given(
    which=st.integers(0, 4),
    keep=st.floats(0.0, 1.0),
    flips=st.lists(st.tuples(st.floats(0.0, 0.999), st.integers(0, 255)), max_size=6),
    early=st.booleans(),
)
def test_a_good_file_with_wrong_bytes(
    whole: list[Path], tmp_path: Path, which: int, keep: float, flips: list[tuple[float, int]], early: bool
) -> None:
    """Cut anywhere, and bytes changed anywhere, or in its beginning, where names and shapes stand."""
    source = whole[which]
    content = bytearray(source.read_bytes())
    reach = min(len(content), 4000) if early else len(content)
    for place, value in flips:
        content[int(place * reach)] = value
    path = tmp_path / f"worn{source.suffix}"
    path.write_bytes(content[: max(int(keep * 2 * len(content)), 1)])
    every_reader(path)


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-3, 9000), st.floats(), st.text(max_size=6)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)),
    max_leaves=5,
)


@BOUNDED
@given(
    index=st.one_of(
        VALUES,
        st.builds(
            lambda names: {"weight_map": names},
            st.dictionaries(
                st.text(max_size=4),
                st.sampled_from(
                    [
                        "a.safetensors",
                        "",
                        "..",
                        "x\0.safetensors",
                        "\ud800.safetensors",
                        "/a.safetensors",
                        300 * "a" + ".safetensors",
                    ]
                ),
                max_size=3,
            ),
        ),
    )
)
def test_any_index(tmp_path: Path, index: object) -> None:
    path = tmp_path / "any.safetensors.index.json"
    path.write_text(json.dumps(index))
    every_reader(path)


CONFIG_KEYS = ("vocab_size", "d_model", "d_kv", "d_ff", "num_layers", "num_heads", "model_type", "feed_forward_proj")


@BOUNDED
@given(config=st.one_of(VALUES, st.dictionaries(st.sampled_from(CONFIG_KEYS), VALUES, max_size=4)), content=tensors())
def test_any_folder_of_a_text_encoder(tmp_path: Path, config: object, content: dict[str, Tensor]) -> None:
    (tmp_path / "config.json").write_text(json.dumps(config))
    write_checkpoint(tmp_path / "model.safetensors", {name: tensor.clone() for name, tensor in content.items()})
    only_sentences(lambda: check_file(tmp_path))


CARD_KEYS = ("state", "live", "scale", "repo", "file", "licence", "size", "sha256", "tokenizer", "precision")
TABLE = st.dictionaries(
    st.sampled_from(CARD_KEYS), st.one_of(st.text(max_size=5), st.integers(), st.floats(), st.booleans())
)


@BOUNDED
@given(
    data=st.fixed_dictionaries(
        {},
        optional={
            "label": st.text(max_size=5),
            "note": st.one_of(st.integers(), st.text(max_size=5)),
            "dims": st.sampled_from(["tiny", "x"]),
            "recipe": st.just("longlive"),
            "random_weights": st.booleans(),
            "lora": st.one_of(TABLE, st.lists(TABLE, max_size=4), st.integers()),
            "transformer": TABLE,
            "codec": TABLE,
            "text": TABLE,
            "steps": st.lists(st.integers(), max_size=3),
        },
    )
)
def test_any_card(tmp_path: Path, data: dict[str, object]) -> None:
    path = tmp_path / "any.toml"
    path.write_text(tomli_w.dumps(data), encoding="utf-8")
    only_sentences(lambda: read_card(path))


def test_the_sizes_here_are_those_of_the_tiny_model() -> None:
    assert WAN_TINY.dim == 128 and WAN_TINY.ffn_dim == 256
