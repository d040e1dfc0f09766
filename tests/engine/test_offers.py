"""What the engine offers to choose: what is missing, and what needs a restart, before anybody asks for it."""

from pathlib import Path

import pytest

from engine.engine import Engine, EngineConfig


@pytest.mark.parametrize(("played", "restart"), [("field", True), ("wan-tiny", False)])
def test_offers_tell_what_would_be_refused(
    played: str, restart: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARDCUT_MODELS", str(tmp_path))
    offers = {offer.name: offer for offer in Engine(EngineConfig(generator=played)).generator_offers()}
    assert (offers[played].hindrance, offers[played].needs_restart) == ("", False)
    assert "hardcut models fetch wan-1.3b" in offers["wan-1.3b"].hindrance
    assert offers["wan-1.3b"].needs_restart is restart
    assert offers["field"].needs_restart is (played != "field")
