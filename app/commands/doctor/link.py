"""`hardcut doctor` on Ableton Link: whether the extra is there."""

import importlib.metadata
from collections.abc import Iterator

from app.commands.doctor.finding import Finding, State
from app.extras import link_installed
from app.link.service import MISSING


def check_link() -> Iterator[Finding]:
    """Check the extra `link`, and name its licence."""
    if link_installed():
        version = importlib.metadata.version("aalink")
        yield Finding(State.OK, f"aalink {version} (GPL, version 3 or later): --link follow or --link join.")
    else:
        yield Finding(State.OK, "The extra for Ableton Link is not installed.", MISSING)
