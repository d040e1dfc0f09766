"""The scenes of a generator: its factory's, wherever they lie, and the user's."""

from importlib import resources
from pathlib import Path

from engine.errors import SceneError
from engine.generators.base import DEFAULT_SCENE, GeneratorSpec
from engine.messages.scenes import Scene, SceneLibrary, load_library


def factory_folder(spec: GeneratorSpec) -> Path | None:
    """Where a generator's factory scenes lie, or None if it has none.

    Raises:
        SceneError: its package has no such folder.
    """
    if not spec.scenes:
        folder = Path(str(resources.files("presets"))) / spec.scenes_folder
        return folder if folder.is_dir() else None
    folder = Path(str(resources.files(spec.package).joinpath(spec.scenes)))
    if not folder.is_dir():
        raise SceneError("The generator's folder of scenes is not there", where=str(folder))
    return folder


def load_scenes(spec: GeneratorSpec, user_folder: Path | None = None) -> SceneLibrary:
    """Every scene of a generator; among them DEFAULT_SCENE, at its defaults, if it brings none.

    Args:
        user_folder: where the user's scenes lie, one folder for each generator in it; None: the factory's alone.

    Raises:
        SceneError: its package has no such folder as its spec names.
    """
    factory = factory_folder(spec)
    spare = () if factory is not None else (Scene(name=DEFAULT_SCENE, generator=spec.name, prompt=spec.label),)
    return load_library(spec.scenes_folder, spec.parameters, user_folder, factory=factory, spare=spare)
