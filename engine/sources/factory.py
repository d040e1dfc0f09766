"""From a source as written down to the object that captures it."""

import os
import threading
from pathlib import Path
from typing import Final

from engine.clock import Clock
from engine.sources.base import Source
from engine.sources.camera import CameraSource
from engine.sources.file import FileSource
from engine.sources.ndi import NdiSource
from engine.sources.spec import SourceKind, SourceSpec
from engine.sources.stage import StageSource

EXTRA_IPS_VARIABLE: Final = "HARDCUT_NDI_IPS"
"""Addresses of NDI senders that multicast discovery does not reach, separated by commas."""


def extra_ips() -> str:
    """Where to look for NDI senders besides multicast discovery."""
    return os.environ.get(EXTRA_IPS_VARIABLE, "")


def build_source(spec: SourceSpec, clock: Clock, halt: threading.Event) -> Source:
    """The source for a spec, not yet opened."""
    match spec.kind:
        case SourceKind.STAGE:
            return StageSource(clock, halt)
        case SourceKind.FILE:
            return FileSource(Path(spec.address).expanduser(), clock, halt)
        case SourceKind.CAMERA:
            return CameraSource(spec.address, clock, halt)
        case SourceKind.NDI:
            return NdiSource(spec.address, clock, halt, extra_ips=extra_ips())
