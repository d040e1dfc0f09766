"""Every reader of files that people or other programs write, with an honest file of each kind to begin from."""

import enum
import functools
import hashlib
import json
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import torch

from app.control.settings_folder import SettingsFolder
from app.dmx.bindings import load_settings as load_dmx
from app.osc.settings import load_allowed
from app.report_schema import (
    REPORT_VERSION,
    ReportDocument,
    ReportedCut,
    ReportedGenerator,
    ReportedQuality,
    WindowFigures,
    encode_report,
    load_report,
)
from app.settings import load_choices
from app.show.beginning import checked
from app.show.document import Show
from app.show.file import parse_show, read_show, show_text
from engine.errors import EngineError
from engine.generators.wan.codecs.checkpoints import load_codec
from engine.generators.wan.files.checkpoint import Checkpoint
from engine.generators.wan.library.inspection import check_file
from engine.generators.wan.loading.lora import merge_lora, read_lora
from engine.generators.wan.loading.weights import Part, load, recognise
from engine.generators.wan.model.transformer import CausalWan
from engine.messages.commands import Origin
from engine.messages.emergency import load_emergency
from engine.messages.events import BackendChoice
from engine.metrics.machine import describe_machine
from engine.output.clip import read_clip, write_clip
from engine.preprocess.learned.cards import read_depth_card
from tests.cli.test_hostile_files import READERS as TEXT_READERS
from tests.netns import ROOT
from tests.session.shows import Show as RecordedShow
from tests.soak.kept_readers import KEPT_BINARY, KEPT_TEXT
from tests.wan.models import CPU, make_model

CORPUS: Final = Path(__file__).parent / "corpus"
"""A folder for each kind: small files to begin from, and what was once read wrongly."""

Reader = Callable[[Path], object]


class Verdict(enum.Enum):
    """What becomes of a hostile file."""

    ACCEPTED = "it is read for what it says"
    REFUSED = "it is refused in a sentence"
    PASSED_OVER = "it is taken for none of its kind"


_LORA: Final = ("blocks.0.self_attn.q.lora_A.weight", "blocks.0.self_attn.q.lora_B.weight")


@functools.cache
def _model(vace: bool) -> CausalWan:
    """A model to read weights into: to make one takes longer than to read a small file."""
    return make_model(vace=vace)


def _load(path: Path) -> None:
    with Checkpoint.open(path) as checkpoint:
        recognise(checkpoint)
        for _ in load(_model(True), checkpoint, Part.MAIN):
            """One more tensor."""


def _weights(path: Path) -> object:
    """One reader of weights after the other, until one takes the file.

    Raises:
        EngineError: none of them does.
    """
    model = _model(False)
    readers: tuple[Reader, ...] = (
        lambda file: merge_lora(model, read_lora(file, model)),
        lambda file: load_codec(file, CPU, torch.float32),
        _load,
        check_file,  # last: for a LoRA it makes an outline of every known model
    )
    for number, read in enumerate(readers, 1):
        try:
            read(path)
            return path
        except EngineError:
            if number == len(readers):
                raise
    return None


def _session() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        show = RecordedShow(Path(folder) / "a.session")
        show.chunk()
        show.end()
        return show.path.read_bytes()


def _clip() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.clip"
        write_clip(path, [np.zeros((448, 448, 3), np.uint8)] * 3, 25.0)
        return path.read_bytes()


def _safetensors() -> bytes:
    header = json.dumps(
        {
            "__metadata__": {"format": "pt"},
            _LORA[0]: {"dtype": "F32", "shape": [1, 128], "data_offsets": [0, 512]},
            _LORA[1]: {"dtype": "BF16", "shape": [128, 1], "data_offsets": [512, 768]},
        }
    ).encode()
    return struct.pack("<Q", len(header)) + header + bytes(768)


def _torch() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.pt"
        torch.save({"state_dict": {_LORA[0]: torch.zeros(1, 128), _LORA[1]: torch.zeros(128, 1)}}, path)
        return path.read_bytes()


def _open_show(path: Path) -> Show:
    show = checked(read_show(path)[0], [])
    assert parse_show(show_text(show), "again")[0] == show
    return show


def _audio(path: Path) -> object:
    (path.parent / "audio.toml").write_bytes(path.read_bytes())
    return SettingsFolder(path.parent).load_audio()


_DEPTH_CARD: Final = ROOT / "presets" / "depth" / "depth-anything-v2-small.toml"
_DMX: Final = """listen = "192.168.1.30"
allow = ["192.168.1.40", "10.0.0.0/24"]
universes = [1, 2]

[[channel]]
universe = 1
channel = 12
slot = "parameter:field.hue"
bits = 16
low = 0.25
high = 0.75
curve = "slow"
"""


def _report() -> str:
    return encode_report(
        ReportDocument(
            version=REPORT_VERSION,
            hardcut="0",
            options={"source": "stage", "midi": None},
            machine=describe_machine(),
            first_frame_s=1.5,
            output=None,
            generator=ReportedGenerator(
                name="field", detail="", backends=(BackendChoice(component="field", chosen="cpu", reason="x"),)
            ),
            gui=WindowFigures(1.0, 2.0, 3, 400),
            cuts=(ReportedCut(t_s=3.0, scene="Noir", origin=Origin.MIDI, ns=9, armed=True, late_ns=None),),
            told=((1.0, "It is ready."),),
            samples=(),
            final=None,
            quality=(ReportedQuality(t_s=1.0, taken=("softer",), offered=5, reason="slow"),),
        )
    )


BINARY: Final[dict[str, tuple[Reader, Callable[[], bytes], str]]] = {
    "clip": (read_clip, _clip, ".clip"),
    "safetensors": (_weights, _safetensors, ".safetensors"),
    "torch": (_weights, _torch, ".pt"),
    **KEPT_BINARY,
}
"""Reader, what makes an honest file, and the suffix that leads to the reader."""

TEXT: Final[dict[str, tuple[Reader, Callable[[], str]]]] = {
    **{name: (read, lambda text=text: text) for name, (read, text) in TEXT_READERS.items() if text},
    "session": (TEXT_READERS["session"][0], lambda: _session().decode()),
    "emergency": (load_emergency, lambda: 'shows = "black:2.5"\n'),
    "show": (_open_show, lambda: show_text(Show())),
    "audio": (_audio, lambda: 'input = "Desk"\ngain_db = 6.0\nbeat = false\n'),
    "dmx": (load_dmx, lambda: _DMX),
    "osc-settings": (load_allowed, lambda: 'allow = ["10.0.0.7", "192.168.1.0/24"]\n'),
    "choices": (load_choices, lambda: 'after_end = "home"\nsteps_seen = true\n'),
    "depth-card": (read_depth_card, lambda: _DEPTH_CARD.read_text(encoding="utf-8")),
    "report": (load_report, _report),
    **KEPT_TEXT,
}
"""The same for text; each is read as any.toml."""

KINDS: Final = (*TEXT, *BINARY)


def kept_of(kind: str) -> tuple[bytes, ...]:
    """What is kept of a kind, in the order of names."""
    return tuple(path.read_bytes() for path in sorted((CORPUS / kind).glob("*.bin")))


def keep(kind: str, content: bytes) -> Path:
    """Put what was read wrongly with what is kept of its kind."""
    path = CORPUS / kind / f"{hashlib.sha256(content).hexdigest()[:16]}.bin"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def read_hostile(kind: str, content: bytes, folder: Path) -> Verdict:
    """Read a file of a kind: it is read, passed over or refused in a sentence, and stays as it was.

    Raises:
        Exception: whatever else the reader raises.
    """
    read, suffix = (BINARY[kind][0], BINARY[kind][2]) if kind in BINARY else (TEXT[kind][0], ".toml")
    file = folder / f"any{suffix}"
    file.write_bytes(content)
    try:
        verdict = Verdict.ACCEPTED if read(file) is not None else Verdict.PASSED_OVER
    except EngineError as error:
        verdict = Verdict.REFUSED
        assert str(error).encode("utf-8", "backslashreplace")
    assert file.read_bytes() == content
    for one in folder.iterdir():
        one.unlink()
    return verdict
