"""UMT5: parity with transformers' own in bfloat16, bounds in fp8, its place in memory, and what is no UMT5."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from torch import Tensor
from transformers import PreTrainedTokenizerFast, UMT5Config, UMT5EncoderModel
from transformers.utils.logging import disable_progress_bar

from engine.errors import GeneratorError
from engine.generators.wan.cards import Precision
from engine.generators.wan.dims import WAN_TINY
from engine.generators.wan.memory import GIB
from engine.generators.wan.text import umt5
from engine.generators.wan.text.placement import TextPlace, place_text
from engine.generators.wan.text.umt5 import fingerprint, load_umt5, open_umt5
from engine.generators.wan.text.umt5_weights import BLOCK_BOUND, LAYER_BOUND, PackedLinear, load_encoder
from engine.messages.events import BackendChoice
from tests.wan.models import CPU, relative

SHAPE = (1, WAN_TINY.text_len, WAN_TINY.text_dim)
TOLD = BackendChoice(component="wan text", chosen="a test", reason="it is one")
HERE = TextPlace(CPU, Precision.BF16, 0, 0)
IDS = torch.tensor([[3, 4, 5, 6, 3]])
EACH_DEVICE = pytest.mark.parametrize(
    "device", [CPU, *([torch.device("cuda")] if torch.cuda.is_available() else [])], ids=str
)


@pytest.fixture(name="folders")
def _folders(tmp_path: Path) -> tuple[Path, Path]:
    """A tiny UMT5 with its tokenizer, in the layout of transformers."""
    disable_progress_bar()  # its monitor is a thread that stays
    torch.manual_seed(0)
    config = UMT5Config(
        vocab_size=8, d_model=WAN_TINY.text_dim, d_kv=16, d_ff=64, num_layers=2, num_heads=4, dropout_rate=0.0
    )
    UMT5EncoderModel(config).save_pretrained(tmp_path / "text_encoder")
    words = {"<pad>": 0, "</s>": 1, "<unk>": 2, "molten": 3, "gold": 4, "deep": 5, "sea": 6}
    tokenizer = Tokenizer(WordLevel(words, unk_token="<unk>"))
    tokenizer.pre_tokenizer = Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="<unk>", pad_token="<pad>", eos_token="</s>"
    ).save_pretrained(tmp_path / "tokenizer")
    return tmp_path / "text_encoder", tmp_path / "tokenizer"


@torch.inference_mode()
def hidden(model: UMT5EncoderModel) -> Tensor:
    return model(IDS.to(model.shared.weight.device)).last_hidden_state


def change(weights: Path, **changed: Tensor | None) -> None:
    """Write the file of weights anew; None takes a tensor out."""
    path = weights / "model.safetensors"
    tensors = {**load_file(path), **{name.replace("__", "."): tensor for name, tensor in changed.items()}}
    save_file({name: tensor for name, tensor in tensors.items() if tensor is not None}, path, {"format": "pt"})


def test_it_reads_as_transformers_does(folders: tuple[Path, Path], tmp_path: Path) -> None:
    weights, tokenizer = folders
    texts = open_umt5(weights, tokenizer, WAN_TINY, HERE, tmp_path / "cache")
    try:
        embedding = texts.wait_for("molten   gold")
        assert torch.equal(texts.wait_for("molten &#103;old"), embedding)
        long = texts.wait_for("sea " * 2_500)
        counted = texts.tokens("molten   gold"), texts.tokens("sea " * 2_500)
    finally:
        texts.close()
    model = UMT5EncoderModel.from_pretrained(weights, dtype=torch.bfloat16).eval()
    ids = torch.tensor([[3, 4]])
    with torch.inference_mode():
        # Padded and masked, as Wan encodes it: the padding changes nothing in front of it.
        padded = torch.nn.functional.pad(ids, (0, WAN_TINY.text_len - 2))
        expected = model(padded, padded.ne(0).long()).last_hidden_state[:, :2]
    assert embedding.shape == long.shape == SHAPE and counted == (2, 2_500)
    assert torch.allclose(embedding[:, :2].float(), expected.float(), atol=2e-2)
    assert not embedding[:, 2:].any() and bool(long.any(dim=-1).all())
    encode = load_umt5(weights, tokenizer, WAN_TINY.text_len, HERE, TOLD).encode
    assert torch.equal(encode("molten gold").embedding, embedding)
    assert texts.describe().chosen.startswith("UMT5")


@EACH_DEVICE
def test_weights_arrive_as_transformers_loads_them(folders: tuple[Path, Path], device: torch.device) -> None:
    weights, _ = folders
    ours, report = load_encoder(weights, device, Precision.BF16)
    theirs = UMT5EncoderModel.from_pretrained(weights, dtype=torch.bfloat16).eval().to(device)
    assert report is None and torch.equal(hidden(ours), hidden(theirs))
    assert ours.state_dict().keys() == theirs.state_dict().keys()


@EACH_DEVICE
def test_fp8_stays_within_its_bounds_and_says_so(
    folders: tuple[Path, Path], tmp_path: Path, device: torch.device
) -> None:
    weights, tokenizer = folders
    packed, report = load_encoder(weights, device, Precision.FP8)
    assert report is not None and (report.packed, report.of, report.kept) == (14, 14, ())
    assert 0.01 < report.layer_error < LAYER_BOUND and 0.01 < report.block_error < BLOCK_BOUND
    plain = UMT5EncoderModel.from_pretrained(weights, dtype=torch.bfloat16).eval().to(device)
    assert 0.0 < relative(hidden(packed), hidden(plain)) < BLOCK_BOUND
    assert not [name for name, module in packed.named_modules() if isinstance(module, torch.nn.Linear)]
    place = TextPlace(device, Precision.FP8, 0, 0, (("bfloat16 on cuda", "no room"),))
    texts = open_umt5(weights, tokenizer, WAN_TINY, place, tmp_path / "cache")
    try:
        assert "relative error" not in texts.describe().reason  # not loaded yet
        texts.wait_for("molten gold")
    finally:
        texts.close()
    told = texts.describe()
    assert f"fp8 per row on {device}" in told.chosen and told.rejected == place.rejected
    assert "fp8 in 14 of 14 layers, relative error per layer" in told.reason
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [f"{fingerprint(weights, tokenizer)}-fp8"]


def test_a_layer_that_fp8_would_ruin_stays_as_it_is(folders: tuple[Path, Path]) -> None:
    """One huge column that nothing ever multiplies: it takes the scale, and crushes the others."""
    weights, tokenizer = folders
    norm = "encoder__block__1__layer__1__layer_norm__weight"
    name = "encoder__block__1__layer__1__DenseReluDense__wi_0__weight"
    tensors = load_file(weights / "model.safetensors")
    silent, huge = tensors[norm.replace("__", ".")], tensors[name.replace("__", ".")]
    silent[0], huge[:, 0] = 0.0, 1e7
    change(weights, **{norm: silent, name: huge})
    model, report = load_encoder(weights, CPU, Precision.FP8)
    assert report is not None and report.packed == 13
    ((kept, why),) = report.kept
    assert kept == "encoder.block.1.layer.1.DenseReluDense.wi_0" and "limit 0.04" in why
    dense = model.encoder.block[1].layer[1].DenseReluDense
    assert isinstance(dense.wi_0, torch.nn.Linear) and isinstance(dense.wi_1, PackedLinear)
    place = TextPlace(CPU, Precision.FP8, 0, 0)
    assert dict(load_umt5(weights, tokenizer, 16, place, TOLD).described.rejected) == {f"fp8 in {kept}": why}


def test_what_is_no_umt5_is_a_sentence(folders: tuple[Path, Path], tmp_path: Path) -> None:
    weights, tokenizer = folders
    first = "encoder__block__0__layer__0__SelfAttention__q__weight"
    kept = load_file(weights / "model.safetensors")[first.replace("__", ".")]
    for changed, says in (
        ({first: None}, r"lacks encoder\.block\.0\.layer\.0\.SelfAttention\.q\.weight"),
        ({"more": torch.zeros(1)}, "has unknown more"),
        ({first: kept[:3].clone()}, "has misshapen encoder"),
        ({first: torch.full_like(kept, float("nan"))}, "no numbers, in encoder"),
    ):
        change(weights, **changed)
        with pytest.raises(GeneratorError, match=says):
            load_encoder(weights, CPU, Precision.BF16)
        change(weights, **{first: kept, "more": None})
    load_encoder(weights, CPU, Precision.BF16)
    with pytest.raises(GeneratorError, match="holds no UMT5"):
        load_encoder(tokenizer, CPU, Precision.BF16)
    config = weights / "config.json"
    honest = config.read_text()
    for text, says in (
        ("{", "not valid JSON"),
        ("[" * 100_000, "nested more than 32 deep"),
        (honest.replace("{", '{"dropout_rate": 0.' + "1" * 64 + ",", 1), "more than 64 digits"),
        (honest + " " * (4 << 20), "larger than 4 MiB"),
    ):
        config.write_text(text)
        with pytest.raises(GeneratorError, match=rf"text encoder's config is .*{says}.* in the layout of diffusers"):
            load_encoder(weights, CPU, Precision.BF16)
    config.write_text(honest)
    (weights / "model.safetensors").unlink()
    with pytest.raises(GeneratorError, match="There is no model"):
        load_encoder(weights, CPU, Precision.BF16)
    with pytest.raises(GeneratorError, match="needs 1024"):
        load_umt5(weights, tokenizer, 16, TextPlace(CPU, Precision.BF16, 1024 * GIB, 0), TOLD)


def test_another_encoder_has_another_fingerprint(folders: tuple[Path, Path], tmp_path: Path) -> None:
    before = fingerprint(*folders)
    assert before == fingerprint(*folders)
    config = folders[0] / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "more": 1}))
    assert fingerprint(*folders) != before
    with pytest.raises(GeneratorError, match="no model in this folder"):
        fingerprint(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("wanted", "spare", "host", "chosen", "turned_down"),
    [
        (Precision.AUTO, 20, 60, "bfloat16 on cuda:0", 0),
        (Precision.AUTO, 9, 60, "fp8 per row on cuda:0", 1),
        (Precision.AUTO, 2, 60, "bfloat16 on cpu", 2),
        (Precision.AUTO, 2, 10, "fp8 per row on cpu", 3),
        (Precision.AUTO, -3, 1, "fp8 per row on cpu", 3),
        (Precision.FP8, 20, 60, "fp8 per row on cuda:0", 0),
        (Precision.BF16, 9, 60, "bfloat16 on cpu", 1),
    ],
)
def test_it_goes_where_there_is_room(wanted: Precision, spare: int, host: int, chosen: str, turned_down: int) -> None:
    place = place_text(wanted, torch.device("cuda:0"), spare * GIB, host * GIB)
    assert place.name == chosen and place.fits == (host > 1)
    assert len(place.rejected) == turned_down
    assert all("GiB are free" in why for _, why in place.rejected)


def test_that_ftfy_is_missing_is_told(
    folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for mends in (True, False):
        monkeypatch.setattr(umt5, "MENDS", mends)
        texts = open_umt5(*folders, WAN_TINY, HERE, tmp_path / "cache")
        texts.close()
        told = dict(texts.describe().rejected)
        assert ("ftfy" in told) is not mends
        assert mends or "curly quotes and all: pip install 'hardcut[wan]'" in told["ftfy"]
