"""A model whose files are there, where memory is short: what it gives up is loaded in its place, and told."""

from pathlib import Path

import pytest

from engine.errors import NotEnoughMemoryError
from engine.generators.wan import assembly
from engine.generators.wan.assembly import WanParts, assemble
from engine.generators.wan.cards import ModelCard
from engine.generators.wan.codecs.taehv import TaehvConfig
from engine.generators.wan.codecs.wan_vae import WanVaeConfig
from engine.generators.wan.dims import WAN_TINY
from engine.generators.wan.files.key_names import KeyNaming
from engine.generators.wan.loading.random_weights import in_layout, write_checkpoint, write_codec
from engine.generators.wan.memory import GIB
from engine.model_files import ModelFile
from engine.steps import drive
from tests.wan.cards import small_card
from tests.wan.models import CPU, make_model

MODEL, LARGE, TINY = (ModelFile("me/mine", f"{name}.safetensors", "none") for name in ("model", "large", "tiny"))


def card_in(folder: Path) -> ModelCard:
    """The tiny model with weights, a large codec and a tiny one."""
    MODEL.path(folder).parent.mkdir(parents=True)
    write_checkpoint(MODEL.path(folder), in_layout(make_model(WAN_TINY, vace=True), KeyNaming.WAN))
    write_codec(LARGE.path(folder), WanVaeConfig(32), 1)
    write_codec(TINY.path(folder), TaehvConfig(8, (8, 8, 8, 8)), 1)
    return small_card(random_weights=False, transformer=MODEL, depth=MODEL, codec=LARGE, small_codec=TINY)


def assembled(card: ModelCard, folder: Path, free: int, monkeypatch: pytest.MonkeyPatch) -> WanParts:
    monkeypatch.setattr(assembly, "free_bytes", lambda _: free)
    return drive(assemble(card, folder, CPU))


def test_what_is_given_up_is_loaded_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = card_in(tmp_path)
    with pytest.raises(NotEnoughMemoryError) as caught:
        assembled(card, tmp_path, 1, monkeypatch)
    told = str(caught.value)
    assert "GiB at least, if it plays without depth, no pad is armed" in told and "hardcut models fetch" not in told
    whole = assembled(card, tmp_path, GIB, monkeypatch)
    assert whole.card == card and not whole.warnings and "Wan VAE" in whole.codec.name
    less = assembled(card, tmp_path, 100 << 20, monkeypatch)
    assert less.card.codec == TINY and "TAEHV" in less.codec.name and less.card.depth_branch and less.card.prepares
    assert less.warnings == ("The processor has 0.1 GiB free, so it codes its pictures with the tiny autoencoder.",)


def test_a_small_codec_that_is_not_there_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = card_in(tmp_path)
    TINY.path(tmp_path).unlink()
    with pytest.raises(NotEnoughMemoryError, match=r"With tiny\.safetensors it needs less: hardcut models fetch"):
        assembled(card, tmp_path, 1, monkeypatch)
