"""What a header is made of: the parts that tell whether a replay can be the same."""

import datetime
from collections.abc import Mapping
from fractions import Fraction
from hashlib import blake2b
from importlib import resources
from importlib.metadata import PackageNotFoundError, version
from importlib.resources.abc import Traversable
from typing import Final

from engine.generators.base import GeneratorSpec
from engine.messages.parameters import ParameterTable
from engine.messages.picture_format import PictureFormat
from engine.messages.scenes import SceneLibrary
from engine.session.errors import SessionError
from engine.session.inputs import STORED_AS
from engine.session.recorder import SessionConfig
from engine.session.records import NO_INPUTS, Header

LIBRARIES: Final = ("torch", "numpy", "opencv-python-headless", "av", "numba", "llvmlite")
"""What computes pictures: another version may round differently."""


def open_header(
    config: SessionConfig,
    spec: GeneratorSpec,
    scenes: SceneLibrary,
    *,
    scene: str,
    first_epoch: int,
    seed: int,
    rate: Fraction,
    now_ns: int,
    picture: PictureFormat = PictureFormat.SQUARE,
) -> Header:
    """Return the header of a show that begins now."""
    return Header(
        version=config.version,
        libraries=_libraries(),
        machine=config.machine,
        generator=spec.name,
        model=model_of(spec),
        chunk_frames=spec.chunk_frames,
        parameters=parameter_ranges(spec.parameters),
        scenes=tuple(scenes.values()),
        scene=scene,
        first_epoch=first_epoch,
        seed=seed,
        rate=str(rate),
        inputs=STORED_AS if config.keep_inputs else NO_INPUTS,
        began=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        began_ns=now_ns,
        settings=config.settings,
        picture=picture,
    )


def parameter_ranges(table: ParameterTable) -> Mapping[str, tuple[float, float, float]]:
    """Return minimum, maximum and default of every parameter."""
    return {spec.id: (spec.minimum, spec.maximum, spec.default) for spec in table.values()}


WEIGHTS_MARK: Final = "/"
"""Between the two fingerprints of a model, of its code and of its weights."""


def model_of(spec: GeneratorSpec) -> str:
    """Return a fingerprint of a generator: of its package's source, and behind a "/" of its weights where it has files.

    A generator without a checkpoint is its code: weights are drawn from seeds that stand in it, words from a
    lexicon beside it. So the fingerprint changes with every edit, also with one that changes no picture.

    Raises:
        SessionError: the package that the spec names is not there.
    """
    weights = f"{WEIGHTS_MARK}{spec.weights}" if spec.weights else ""
    if not spec.package:
        return weights
    try:
        package = resources.files(spec.package)
    except (ModuleNotFoundError, TypeError) as error:  # TypeError: it is a module
        raise SessionError(
            "The generator's sources cannot be found, so that a session could not tell it by them", where=spec.package
        ) from error
    digest = blake2b(digest_size=16)
    _digest(package, "", digest)
    return digest.hexdigest() + weights


def _digest(folder: Traversable, place: str, digest: "blake2b") -> None:
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.is_dir() and entry.name != "__pycache__":
            _digest(entry, f"{place}{entry.name}/", digest)
        elif entry.name.endswith((".py", ".toml")):
            digest.update(f"{place}{entry.name}".encode())
            digest.update(entry.read_bytes())


def _libraries() -> Mapping[str, str]:
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = ""
    return found


def changes_since(header: Header, spec: GeneratorSpec) -> tuple[str, ...]:
    """Return what has changed since the session was recorded, in sentences.

    Raises:
        SessionError: chunks have another length now, so that nothing could be compared.
    """
    if spec.chunk_frames != header.chunk_frames:
        raise SessionError(
            f"The session's chunks have {header.chunk_frames} frames, the generator now makes {spec.chunk_frames}",
            where=header.generator,
            remedy=f"Replay it with Hardcut {header.version}.",
        )
    notes = []
    code, _, weights = model_of(spec).partition(WEIGHTS_MARK)
    recorded_code, _, recorded_weights = header.model.partition(WEIGHTS_MARK)
    if weights != recorded_weights:
        notes.append(f"The model of {header.generator} is another than the one that this was recorded with.")
    if code != recorded_code:
        notes.append(f"The generator {header.generator} has changed since this was recorded.")
    now = parameter_ranges(spec.parameters)
    name = first_difference(now, header.parameters)
    if name is not None:
        notes.append(f"The parameter {name} has changed since this was recorded.")
    return tuple(notes)


def first_difference(found: Mapping[str, object], recorded: Mapping[str, object]) -> str | None:
    """Return the first name under which two tables differ, None where they do not."""
    if found == recorded:
        return None
    return next(key for key in (*found, *recorded) if found.get(key) != recorded.get(key))
