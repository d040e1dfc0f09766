"""The preflight inside a running show."""

import pytest

from app.commands.doctor import window
from app.commands.doctor.checks import CHECKS
from app.commands.doctor.finding import Finding, State
from app.models.checkup import Lamp
from app.show.document import Show


def test_the_ports_that_the_show_holds_are_no_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for anew, the show's own OSC would be "taken"."""
    alike = {name: lambda: iter((Finding(State.NOTE, "taken", ""),)) for name in CHECKS}
    monkeypatch.setattr(window, "CHECKS", alike)
    monkeypatch.setattr(window, "check_outputs", lambda _: iter(()))
    monkeypatch.setattr(window, "check_files", lambda _: iter(()))
    monkeypatch.setattr(window, "list_gpus", lambda: iter(()))
    monkeypatch.setattr(window, "check_live", lambda _, mends: iter(()))
    lines = list(window.WindowCheckups(lambda _: lambda: None, Show).look())
    assert {"osc", "dmx"}.isdisjoint(one.subject for one in lines)
    assert "receivers" in {one.subject for one in lines} and {one.lamp for one in lines} == {Lamp.WATCH}
