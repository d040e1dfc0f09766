"""Scenes: named sets of parameters with a prompt, one TOML file each."""

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Final

import tomli_w

from engine.documents import read_toml
from engine.errors import ModulationError, ParameterError, SceneError
from engine.files import FileKind, save_file
from engine.messages.modulation import Modulation
from engine.messages.modulation_files import modulation_table, read_modulation
from engine.messages.parameters import ParameterTable
from engine.messages.prompt import PromptBlend

SCENE_FILE: Final = FileKind("scene", SceneError)
KNOWN_KEYS = frozenset({"name", "generator", "prompt", "prompts", "parameters", "modulation"})
_RESERVED: Final = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
)
"""Windows opens devices under these names, whatever follows the point."""
LONGEST_NAME = 48
"""More does not fit on a pad in two lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A named set of parameters. Parameters that a scene does not name have their defaults.

    Attributes:
        prompt: in one line.
        prompts: weights > 0 by text where the scene blends several; empty: the prompt alone.
        modulation: what moves its parameters by itself.
    """

    name: str
    generator: str
    prompt: str
    parameters: Mapping[str, float] = field(default_factory=dict)
    prompts: Mapping[str, float] = field(default_factory=dict)
    modulation: Modulation = field(default_factory=dict)

    def values(self, table: ParameterTable) -> dict[str, float]:
        """Every parameter of the table with the scene's value or the default."""
        return {**table.defaults(), **{table[key].id: value for key, value in self.parameters.items()}}

    def blend(self) -> PromptBlend:
        """What it shows, in words."""
        total = sum(self.prompts.values())
        if not self.prompts:
            return PromptBlend(((self.prompt, 1.0),))
        return PromptBlend(tuple((text, weight / total) for text, weight in self.prompts.items()))


def check_name(name: str) -> str:
    """A name for a scene, its spaces tidied.

    Raises:
        SceneError: it is empty, too long or not printable.
    """
    tidy = " ".join(unicodedata.normalize("NFC", name).split())
    if not tidy or len(tidy) > LONGEST_NAME or not tidy.isprintable():
        raise SceneError(
            "A scene cannot have this name", where=tidy, remedy=f"Write 1 to {LONGEST_NAME} letters, on one line."
        )
    return tidy


def folded(name: str) -> str:
    """What two spellings of one name have in common."""
    return unicodedata.normalize("NFC", name).casefold()


def load_scene(path: Path, table: ParameterTable) -> Scene:
    """Read one scene file and check each key against the table.

    Raises:
        SceneError: with the file's name and what is wrong with it.
    """
    where = path.name
    data = read_toml(path, SCENE_FILE)
    unknown = sorted(set(data) - KNOWN_KEYS)
    if unknown:
        raise SceneError(
            f"The scene has an unknown key {unknown[0]!r}",
            where=where,
            remedy=f"Known keys are {', '.join(sorted(KNOWN_KEYS))}.",
        )
    texts: dict[str, str] = {}
    for key in ("name", "generator", "prompt"):
        value = data.get(key)
        if not isinstance(value, str) or not value.strip():
            raise SceneError(f"The scene needs a text for {key!r}", where=where)
        texts[key] = value.strip()
    raw = data.get("parameters", {})
    if not isinstance(raw, dict):
        raise SceneError("The scene's 'parameters' must be a table of numbers", where=where)
    values: dict[str, float] = {}
    for key, value in raw.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise SceneError(f"The value of {key!r} must be a number", where=where)
        try:
            spec = table[key]
            values[spec.id] = spec.check(value)
        except ParameterError as error:
            raise SceneError(f"{error.what}: {error.where}", where=where, remedy=error.remedy) from error
    try:
        modulation = read_modulation(data.get("modulation", {}), table)
    except ModulationError as error:
        what = f"{error.what}: {error.where}" if error.where else error.what
        raise SceneError(what, where=where, remedy=error.remedy) from error
    return Scene(
        name=texts["name"],
        generator=texts["generator"],
        prompt=texts["prompt"],
        parameters=MappingProxyType(values),
        prompts=MappingProxyType(_prompts(data.get("prompts", {}), where)),
        modulation=modulation,
    )


def _prompts(raw: object, where: str) -> dict[str, float]:
    if not isinstance(raw, dict):
        raise SceneError("The scene's 'prompts' must be a table of weights", where=where)
    weights: dict[str, float] = {}
    for text, weight in raw.items():
        number = isinstance(weight, int | float) and not isinstance(weight, bool)
        if not number or not 0.0 < weight < math.inf or not text.strip():
            raise SceneError(f"The weight of {text!r} must be a number above 0", where=where)
        if text.strip() in weights:
            raise SceneError(f"The prompt {text.strip()!r} is there twice", where=where)
        weights[text.strip()] = float(weight)
    if not math.isfinite(sum(weights.values())):
        raise SceneError("The weights of the prompts are too large", where=where)
    return weights


def save_scene(scene: Scene, path: Path) -> None:
    """Write a scene so that the file is either the old one or the whole new one.

    Raises:
        SceneError: if it cannot be written.
    """
    document: dict[str, object] = {"name": scene.name, "generator": scene.generator, "prompt": scene.prompt}
    if scene.prompts:
        document["prompts"] = dict(scene.prompts)
    document["parameters"] = dict(scene.parameters)
    if scene.modulation:
        document["modulation"] = modulation_table(scene.modulation)
    save_file(path, tomli_w.dumps(document), SCENE_FILE)


def free_file(folder: Path, name: str) -> Path:
    """A free path for a new scene: its name in plain letters, numbered if that file exists."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "scene"
    if stem in _RESERVED:
        stem = f"scene-{stem}"
    path, number = folder / f"{stem}.toml", 2
    while path.exists():
        path, number = folder / f"{stem}-{number}.toml", number + 1
    return path


class SceneLibrary(Mapping[str, Scene]):
    """The scenes at hand in display order, by name."""

    def __init__(
        self,
        scenes: Mapping[str, Scene],
        faults: tuple[SceneError, ...] = (),
        own: Mapping[str, Path] = MappingProxyType({}),
    ) -> None:
        self._scenes = dict(scenes)
        self._folded = {folded(name): scene for name, scene in self._scenes.items()}
        self.own = MappingProxyType(dict(own))
        """The files of the user's own scenes by name; every other scene is the factory's."""
        self.faults = faults
        """One error for each file that was left out."""

    def __getitem__(self, name: str) -> Scene:
        """The scene of this name; neither letters' case nor how accents are encoded matters.

        Raises:
            SceneError: there is none.
        """
        scene = self._scenes.get(name) or self._folded.get(folded(name))
        if scene is None:
            raise SceneError("There is no such scene", where=name, remedy=f"Known are: {', '.join(self._scenes)}.")
        return scene

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and (name in self._scenes or folded(name) in self._folded)

    def __iter__(self) -> Iterator[str]:
        return iter(self._scenes)

    def __len__(self) -> int:
        return len(self._scenes)


def load_library(
    generator: str,
    table: ParameterTable,
    user_folder: Path | None = None,
    *,
    factory: Path | None = None,
    spare: Sequence[Scene] = (),
) -> SceneLibrary:
    """The factory scenes of a generator, by file name, then the user's (USER_FOLDER/GENERATOR/*.toml).

    Args:
        factory: the folder of the factory's scenes; None: presets/GENERATOR.
        spare: the factory's scenes of a generator that has no files of them.

    A file that cannot be used is left out and told in `faults`; a user's scene of the same name wins.
    """
    scenes = {scene.name: scene for scene in spare}
    faults: list[SceneError] = []
    for _, scene in _read_folder(factory or Path(str(resources.files("presets"))) / generator, table, faults):
        scenes[scene.name] = scene
    own: dict[str, Path] = {}
    if user_folder is not None:
        spelled = {folded(name): name for name in scenes}
        for path, scene in _read_folder(user_folder / generator, table, faults):
            name = spelled.setdefault(folded(scene.name), scene.name)
            scenes[name] = replace(scene, name=name)
            own[name] = path
    return SceneLibrary(scenes, tuple(faults), own)


def _read_folder(folder: Path, table: ParameterTable, faults: list[SceneError]) -> Iterator[tuple[Path, Scene]]:
    for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
        try:
            yield path, load_scene(path, table)
        except SceneError as error:
            faults.append(error)
