"""Model cards: which files make a generator, where they come from, and how it is sampled. Data, no torch.

One TOML file per generator, named as the generator is: see `card_library` for where. Files of weights are looked for
in the models folder under their repository's name, as `FOLDER/OWNER/REPOSITORY/FILE`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any, Final, TypeVar

from engine.documents import read_toml
from engine.errors import GeneratorError
from engine.files import FileKind
from engine.folders import cache_folder
from engine.generators.wan.dims import PATCH, LatentGrid, ModelDims
from engine.generators.wan.families import known_dims, known_recipes
from engine.generators.wan.recipes import Recipe, chosen
from engine.messages.frame import FRAME_SIZE
from engine.messages.picture_format import PictureFormat
from engine.model_files import ModelFile

LATENT_STRIDE: Final = 8
FRAMES_PER_LATENT: Final = 4
_PATCH: Final = LATENT_STRIDE * PATCH

CARD_FILE: Final = FileKind("model card", GeneratorError)

_KEYS: Final = frozenset(
    {
        *("label", "note", "first", "dims", "recipe", "edge", "random_weights", "depth_branch"),
        *("steps", "first_steps", "window", "sink", "context", "recache"),
        *("precision", "compile", "graphs"),
        *("transformer", "depth", "codec", "small_codec", "text", "lora"),
    }
)

MOST_LIVE: Final = 3
"""LoRAs that are turned while they play: each has a knob of its own (see `parameters`)."""

_ENCODER: Final = (("config.json",), ("model.safetensors", "model.safetensors.index.json"))
_TOKENIZER: Final = (("tokenizer.json", "spiece.model"),)
"""What has to be in the folders of a text encoder and of its tokenizer; transformers reads either of two."""

T = TypeVar("T")


class Precision(Enum):
    """Of the large matrix products. AUTO: fp8 where the device has units for it, guarded layer by layer."""

    AUTO = "auto"
    BF16 = "bf16"
    FP8 = "fp8"


class Compilation(Enum):
    """Of the stages of every block, and of the codec. AUTO: where they were proved right."""

    AUTO = "auto"
    OFF = "off"
    REGIONAL = "regional"


class Graphs(Enum):
    """Passes and pushes replayed from graphs. AUTO: where the device has them and they were proved."""

    AUTO = "auto"
    OFF = "off"
    ON = "on"


@dataclass(frozen=True, slots=True)
class Pace:
    """How a model is to be made fast. What is not AUTO is a demand, without which the model does not start."""

    precision: Precision = Precision.AUTO
    compilation: Compilation = Compilation.AUTO
    graphs: Graphs = Graphs.AUTO


@dataclass(frozen=True, slots=True)
class CardLora:
    """Adapters that are added to the model.

    Attributes:
        live: beside the weights, to be turned by a knob; else merged.
        scale: how strongly they are merged, or what the knob of a live one begins at.
    """

    file: ModelFile
    live: bool = False
    scale: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """A generator made of published weights, or of random ones.

    Attributes:
        edge: of the square picture it dreams, in pixels; shown at the program's own size. In another format it dreams
            at the same scale.
        note: what whoever chooses it should know, in a sentence; "" for nothing.
        first: named before the others of its size.
        state: of the transformer's file, the name that a training script saved the wanted weights under, for example
            "generator_ema"; "": the best that is there.
        random_weights: no file is read: the seed is all there is.
        depth_branch: whether control by depth is there; depth: its file, unless the weights are random.
        small_codec: a tiny autoencoder of normalised latents that takes the codec's place where memory is short, if its
            file is there.
        prepares: whether openings of armed scenes are made beside the show.
        raw_latents: the tiny autoencoder works on the VAE's own latents (lighttaew2_1).
        loras: in the order in which they are added.
        text: folder or file of the text encoder, None for the stand-in; tokenizer: folder of its tokenizer.
        text_precision: of its linear layers; AUTO: fp8 only where bfloat16 has no room beside the model.
        pace: how it is to be made fast.
        format: of its pictures: no part of the model, so it tells no weights from others.
    """

    name: str
    label: str
    dims: ModelDims
    recipe: Recipe
    edge: int
    random_weights: bool
    depth_branch: bool
    note: str = ""
    first: bool = False
    transformer: ModelFile | None = None
    state: str = ""
    depth: ModelFile | None = None
    codec: ModelFile | None = None
    small_codec: ModelFile | None = None
    prepares: bool = True
    raw_latents: bool = False
    text: ModelFile | None = None
    tokenizer: ModelFile | None = None
    text_precision: Precision = Precision.AUTO
    loras: tuple[CardLora, ...] = ()
    pace: Pace = Pace()
    format: PictureFormat = field(default=PictureFormat.SQUARE, repr=False)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the picture it dreams, in whole patches: below full scale to the nearest of them."""
        height, width = (max(round(edge * self.edge / FRAME_SIZE / _PATCH), 1) * _PATCH for edge in self.format.shape)
        return height, width

    @property
    def grid(self) -> LatentGrid:
        height, width = self.shape
        return LatentGrid(height // LATENT_STRIDE, width // LATENT_STRIDE)

    @property
    def chunk_frames(self) -> int:
        """Video frames per chunk: four for each latent frame of a block."""
        return FRAMES_PER_LATENT * self.recipe.block_frames

    @property
    def files(self) -> tuple[ModelFile, ...]:
        """Everything that has to be on disk."""
        small = () if self.small_codec is None else (self.small_codec,)
        return (*self.needed, *small, *(lora.file for lora in self.loras))

    @property
    def needed(self) -> tuple[ModelFile, ...]:
        """What it cannot play without: a show without its LoRAs, or with its own codec alone, is still a show."""
        wanted = (self.transformer, self.depth, self.codec, self.text, self.tokenizer)
        return tuple(file for file in wanted if file is not None)

    def missing(self, folder: Path) -> tuple[ModelFile, ...]:
        """The files that are not there."""
        return tuple(file for file in self.files if not file.path(folder).exists())

    def broken(self, folder: Path) -> tuple[ModelFile, ...]:
        """The files that are there and cannot be whole: see `ModelFile.fault`."""
        return tuple(file for file in self.files if file.fault(folder))

    def is_playable(self, folder: Path) -> bool:
        """Whether every file that it needs is there, and none of them cannot be whole."""
        return all(file.path(folder).exists() and not file.fault(folder) for file in self.needed)

    @property
    def licences(self) -> str:
        """Of its files, for people: each once."""
        return ", ".join(dict.fromkeys(file.licence for file in self.files))

    def require_files(self, folder: Path) -> None:
        """Raises GeneratorError: a file that it needs is missing; it names what to fetch and where to put it."""
        missing = [file for file in self.needed if file in self.missing(folder)]
        if not missing:
            return
        fetch = "; ".join(
            f"{file.file} from huggingface.co/{file.repo} ({file.licence}) as {file.path(folder)}" for file in missing
        )
        raise GeneratorError(
            f"{len(missing)} of {len(self.files)} files of this model are not there",
            where=self.name,
            remedy=f"Fetch {fetch}; or run: hardcut models fetch {self.name}.",
        )


def prompts_folder() -> Path:
    """Where encoded prompts are kept: a cache, which may be deleted at any time."""
    return cache_folder() / "prompts"


def kernels_folder() -> Path:
    """Where compiled kernels are kept: a cache, which may be deleted at any time."""
    return cache_folder() / "kernels"


def read_card(path: Path) -> ModelCard:
    """Read one card file.

    Raises:
        GeneratorError: it cannot be read, or does not say what it has to.
    """
    data = read_toml(path, CARD_FILE)
    try:
        return _card(path.stem, data)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise GeneratorError(f"The model card does not say what it has to: {error}", where=str(path)) from error


def _card(name: str, data: dict[str, Any]) -> ModelCard:
    if unknown := sorted(set(data) - _KEYS):
        raise ValueError(f"unknown is {', '.join(unknown)}")
    recipe = chosen(_named("recipe", data["recipe"], known_recipes()), data)
    edge = int(data.get("edge", FRAME_SIZE))
    if edge < 1 or FRAME_SIZE % edge or edge % _PATCH:
        raise ValueError(f"an edge of {edge} is no part of {FRAME_SIZE} in whole patches")
    random_weights = bool(data.get("random_weights", False))
    files = {
        key: _file(_table(data, key)) for key in ("transformer", "depth", "codec", "small_codec", "text") if key in data
    }
    if not random_weights and not {"transformer", "codec", "text"} <= set(files):
        raise ValueError("a model with weights needs a transformer, a codec and a text encoder")
    text = _table(data, "text")
    if text:
        files["text"] = replace(files["text"], needs=_ENCODER)
    return ModelCard(
        name=name,
        label=str(data["label"]),
        dims=_named("dims", data["dims"], {dims.name: dims for dims in known_dims()}),
        recipe=recipe,
        note=str(data.get("note", "")),
        first=bool(data.get("first", False)),
        state=str(_table(data, "transformer").get("state", "")),
        edge=edge,
        random_weights=random_weights,
        prepares=True,
        depth_branch="depth" in files or bool(data.get("depth_branch", False)),
        **files,
        format=PictureFormat.SQUARE,
        raw_latents=bool(_table(data, "codec").get("raw_latents", False)),
        tokenizer=_tokenizer(files["text"], text) if text else None,
        text_precision=Precision(text.get("precision", "auto")),
        loras=_loras(data.get("lora", [])),
        pace=Pace(
            Precision(data.get("precision", Precision.AUTO.value)),
            Compilation(data.get("compile", Compilation.AUTO.value)),
            Graphs(data.get("graphs", Graphs.AUTO.value)),
        ),
    )


def _tokenizer(encoder: ModelFile, text: dict[str, Any]) -> ModelFile:
    """Of the encoder's own repository, or of another: a single file may lie where no tokenizer is."""
    repo = str(text.get("tokenizer_repo", encoder.repo))
    return ModelFile(
        repo,
        str(text["tokenizer"]),
        str(text.get("tokenizer_licence", encoder.licence)),
        gated=encoder.gated and repo == encoder.repo,
        needs=_TOKENIZER,
    )


def _loras(data: object) -> tuple[CardLora, ...]:
    """[lora], or [[lora]] several times."""
    found = []
    for table in data if isinstance(data, list) else [data]:
        if not isinstance(table, dict):
            raise TypeError("lora is no table")
        found.append(CardLora(_file(table), bool(table.get("live", False)), float(table.get("scale", 1.0))))
    if not all(map(math.isfinite, (lora.scale for lora in found))):
        raise ValueError("the scale of a lora is no number")
    if sum(lora.live for lora in found) > MOST_LIVE:
        raise ValueError(f"no more than {MOST_LIVE} loras can be live")
    return tuple(found)


def _table(data: dict[str, Any], key: str) -> dict[str, Any]:
    table = data.get(key, {})
    if not isinstance(table, dict):
        raise TypeError(f"{key} is no table")
    return table


def _named(key: str, name: object, known: Mapping[str, T]) -> T:
    if name not in known:
        raise ValueError(f"its {key} is {name!r}, and known are {', '.join(known)}")
    return known[str(name)]


def _file(data: dict[str, Any]) -> ModelFile:
    about = float(data.get("gb", 0.0))
    if not 0.0 <= about < math.inf:
        raise ValueError(f"{about} gb are no size")
    return ModelFile(
        str(data["repo"]),
        str(data["file"]),
        str(data["licence"]),
        int(data.get("size", 0)),
        str(data.get("sha256", "")),
        round(about * 1e9),
        bool(data.get("gated", False)),
    )
