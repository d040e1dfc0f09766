"""Model cards and files: what is there, what is missing, what a file is, and whether it fits."""

import dataclasses
import os
from pathlib import Path

import pytest
import torch

from engine.errors import GeneratorError, NotEnoughMemoryError
from engine.folders import models_folder
from engine.generators.registry import find_generator, generator_names
from engine.generators.wan.card_library import card_names, load_card
from engine.generators.wan.cards import read_card
from engine.generators.wan.dims import WAN_TINY
from engine.generators.wan.files.key_names import KeyNaming
from engine.generators.wan.generator import WanGenerator
from engine.generators.wan.gpu_lack import gpu_lack
from engine.generators.wan.library.inspection import card_states, check_file
from engine.generators.wan.loading.random_weights import in_layout, write_checkpoint
from engine.generators.wan.memory import GIB, model_need
from engine.generators.wan.memory_refusal import require_room
from engine.messages.scenes import load_library
from engine.model_files import ModelFile, amount, gates
from tests.wan.cards import small_card
from tests.wan.models import make_model
from tests.whole_files import put_whole


def test_every_card_is_a_generator_with_scenes() -> None:
    assert {"wan-tiny", "wan-1.3b", "wan-14b"} <= set(card_names()) <= set(generator_names())
    assert generator_names()[0] == "field"
    for name in card_names():
        spec = find_generator(name).describe()
        assert (spec.name, spec.scenes_folder) == (name, "wan")
        assert spec.chunk_frames == 4 * load_card(name).recipe.block_frames
        library = load_library(spec.scenes_folder, spec.parameters)
        assert not library.faults
        assert spec.home_scene in library


def test_longlive_is_the_1_3b_model_that_comes_first() -> None:
    names = card_names()
    assert next(name for name in names if load_card(name).dims.name == "1.3B") == "wan-1.3b-longlive"
    assert load_card("wan-1.3b").recipe.sink == 3  # beyond 21 latent frames its own reference ends
    assert load_card("wan-1.3b-longlive").state == "generator"  # its configuration says use_ema: false
    assert load_card("wan-1.3b").state == "generator_ema"
    assert "21 latent frames" in load_card("wan-1.3b").note


def test_files_that_are_missing_or_cut_short_are_told_in_the_list(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HARDCUT_MODELS", str(tmp_path))
    entry, card = find_generator("wan-14b"), load_card("wan-14b")
    # 28.6 of the transformer, 6.1 of VACE, 0.5 of the VAE, 22.7 of the text encoder; the tokenizer's is not known
    assert "At least 57.9 GB. Licence: unclear, treat as non-commercial, Apache-2.0." in entry.hindrance()
    for file in card.files:
        path = file.path(tmp_path)
        path.mkdir(parents=True) if file.needs else path.parent.mkdir(parents=True, exist_ok=True)
        if not file.needs:
            path.write_bytes(b"x")
    assert card.broken(tmp_path) == card.files
    put_whole(card, tmp_path)
    assert (card.broken(tmp_path), entry.hindrance()) == ((), gpu_lack(card.dims))
    os.truncate(tmp_path / "Wan-AI/Wan2.1-T2V-1.3B/Wan2.1_VAE.pth", 1000)
    assert "Wan2.1_VAE.pth has 1,000 bytes and should have 507,609,880." in entry.hindrance()


@pytest.mark.skipif(torch.cuda.is_available(), reason="There is a GPU.")
def test_full_size_without_a_gpu_is_not_offered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HARDCUT_MODELS", str(tmp_path))
    entry = find_generator("wan-1.3b-longlive")
    assert "files are not there" in entry.hindrance() and "It needs a CUDA GPU" in entry.hindrance()
    put_whole(load_card("wan-1.3b-longlive"), tmp_path)
    assert entry.hindrance().startswith("It needs a CUDA GPU")
    assert find_generator("wan-tiny").hindrance() == ""


def test_sizes_are_added_up_and_gates_are_told_before_anything_is_fetched(tmp_path: Path) -> None:
    known = ModelFile("a/b", "x.pt", "none", size=1_200_000_000)
    about, gated = (dataclasses.replace(known, size=0, about=2_000_000_000), ModelFile("c/d", "y", "none", gated=True))
    assert (amount([known, about]), amount([known, gated]), amount([gated])) == ("about 3.2 GB", "at least 1.2 GB", "")
    assert gates([known, gated, gated]) == "Gated: accept its licence at https://huggingface.co/c/d first."
    assert "At least 24.2 GB." in find_generator("wan-1.3b-longlive").hindrance()
    path = tmp_path / "mine.toml"
    file = 'repo = "a/b"\nfile = "x.pt"\nlicence = "none"\ngb = 1.5\ngated = true\n'
    text = f'{file}tokenizer = "t"\n'
    path.write_text(
        f'label = "x"\ndims = "tiny"\nrecipe = "longlive"\n[transformer]\n{file}[codec]\n{file}[text]\n{text}'
    )
    card = read_card(path)
    assert (amount(card.files), card.files[3].about) == ("at least 4.5 GB", 0)
    assert all(file.gated for file in card.files)
    path.write_text(path.read_text().replace("1.5", "nan"))
    with pytest.raises(GeneratorError, match="gb are no size"):
        read_card(path)


def test_the_models_folder_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert models_folder().name == "models"
    monkeypatch.setenv("HARDCUT_MODELS", str(tmp_path))
    assert models_folder() == tmp_path
    states = {state.card.name: state for state in card_states(tmp_path)}
    assert not states["wan-tiny"].missing
    assert len(states["wan-1.3b"].missing) == len(load_card("wan-1.3b").files)
    for file in states["wan-1.3b"].missing:
        file.path(tmp_path).parent.mkdir(parents=True, exist_ok=True)
        file.path(tmp_path).touch()
    load_card("wan-1.3b").require_files(tmp_path)
    assert 35 < states["wan-14b"].gib < 50


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("label = 3 [", "not valid TOML"),
        ('label = "x"', "recipe"),
        ('label = "x"\ndims = "tiny"\nrecipe = "longlive"\ncolour = 3', "unknown is colour"),
        ('label = "x"\ndims = "tiny"\nrecipe = "longlive"', "needs a transformer"),
        ('label = "x"\ndims = "tiny"\nrecipe = "longlive"\nrandom_weights = true\nedge = 100', "an edge of 100"),
        ('label = "x"\ndims = "tiny"\nrecipe = "longlive"\nrandom_weights = true\nedge = 0', "an edge of 0"),
        ('label = "x"\ndims = "tiny"\nrecipe = "longlive"\nrandom_weights = true\nedge = inf', "infinity"),
        ('label = "x"\ndims = "tiny"\nrecipe = "longlive"\nrandom_weights = true\ncodec = "x"', "codec is no table"),
        ('label = "x"\ndims = "9B"\nrecipe = "longlive"\nrandom_weights = true', "9B"),
        ('label = "x"\ndims = "tiny"\nrecipe = "longlive"\nrandom_weights = true\nwindow = 7', "cannot be filled"),
    ],
)
def test_a_card_at_fault_is_said(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(GeneratorError, match=said):
        read_card(path)


def test_what_does_not_fit_is_refused_before_it_is_loaded(tmp_path: Path) -> None:
    card = load_card("wan-14b")
    need = model_need(card, torch.bfloat16)
    require_room(card, need, need.bytes, torch.device("cpu"), tmp_path)
    with pytest.raises(
        NotEnoughMemoryError, match=r"needs 4\d\.\d GiB on cuda:0 \(weights .* and 24\.0 GiB are free"
    ) as none:
        require_room(card, need, 24 * GIB, torch.device("cuda:0"), tmp_path)
    quantised = model_need(card, torch.bfloat16, fp8=True)
    assert need.bytes > quantised.bytes > 32 * GIB  # while it is loaded the weights are whole
    assert quantised.behind_weights == need.behind_weights
    assert quantised.sentence().endswith("GiB while loading")
    assert none.value.instead == ()  # no other model's files are there
    for name in ("wan-1.3b", "wan-1.3b-longlive", "wan-14b"):
        put_whole(load_card(name), tmp_path)
    with pytest.raises(
        NotEnoughMemoryError, match=r"choose wan-1\.3b-longlive \(10\.0 GiB\) or wan-1\.3b \(11\.2 GiB\)\."
    ) as some:
        require_room(card, need, 24 * GIB, torch.device("cuda:0"), tmp_path)
    assert some.value.instead == ("wan-1.3b-longlive", "wan-1.3b")  # in the order of the list, and never random weights
    with pytest.raises(NotEnoughMemoryError, match=r"fetch one that fits: hardcut models fetch wan-1") as nothing:
        require_room(card, need, 6 * GIB, torch.device("cuda:0"), tmp_path)
    assert nothing.value.instead == ()  # not even with the least of those that are there


def test_a_file_says_what_it_is(tmp_path: Path) -> None:
    model = make_model(vace=True)
    for layout in (KeyNaming.WAN, KeyNaming.PREFIXED, KeyNaming.DIFFUSERS):
        path = tmp_path / f"{layout.name}.safetensors"
        write_checkpoint(path, in_layout(model, layout))
        assert check_file(path).startswith(f"Wan tiny with its depth branch, layout {layout.value}")
    module = in_layout(model, KeyNaming.VACE_MODULE)
    write_checkpoint(tmp_path / "vace.safetensors", module)
    assert check_file(tmp_path / "vace.safetensors").startswith("Depth branch for Wan tiny")
    write_checkpoint(tmp_path / "model.pt", in_layout(make_model(), KeyNaming.WAN), wrapping="generator_ema")
    assert check_file(tmp_path / "model.pt").startswith("Wan tiny, layout")


def test_a_file_at_fault_is_named_key_by_key(tmp_path: Path) -> None:
    tensors = in_layout(make_model(), KeyNaming.WAN)
    del tensors["blocks.2.ffn.0.bias"]
    tensors["blocks.1.extra"] = torch.zeros(1)
    path = tmp_path / "odd.safetensors"
    write_checkpoint(path, tensors)
    with pytest.raises(GeneratorError, match=r"lacks blocks\.2\.ffn\.0\.bias; has unknown blocks\.1\.extra"):
        check_file(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(GeneratorError, match="cannot be read as weights"):
        check_file(path)
    (tmp_path / "notes.txt").write_text("no weights")
    with pytest.raises(GeneratorError):
        check_file(tmp_path / "notes.txt")
    with pytest.raises(GeneratorError, match="no such file"):
        check_file(tmp_path / "nothing.safetensors")


def test_damaged_weights_are_refused_in_a_sentence(tmp_path: Path) -> None:
    """A card of real files, its weights cut short: the warm-up says so and holds nothing."""
    file = ModelFile("someone/model", "model.safetensors", "none")
    path = file.path(tmp_path)
    path.parent.mkdir(parents=True)
    card = dataclasses.replace(small_card(), random_weights=False, transformer=file, depth_branch=False)
    write_checkpoint(path, in_layout(make_model(WAN_TINY), KeyNaming.WAN))
    good = WanGenerator(card, folder=tmp_path, device="cpu")
    list(good.warm_up())
    assert "someone/model" in good.backends()[0].chosen
    good.close()
    path.write_bytes(path.read_bytes()[:100_000])
    bad = WanGenerator(card, folder=tmp_path, device="cpu")
    with pytest.raises(GeneratorError, match="fetch it again"):
        list(bad.warm_up())
    bad.close()
