"""An engine that cannot start leaves nothing behind."""

from pathlib import Path

import pytest

from engine.engine import Engine, EngineConfig
from engine.errors import OutputError, SourceError
from engine.output.client import NULL_SINK, OutputConfig, running_outputs
from engine.preprocess.worker import DepthWorker
from engine.session.recorder import SessionConfig

OUTPUT = OutputConfig(name="Start under test", sinks=(NULL_SINK,))


def broken(_: DepthWorker) -> None:
    raise SourceError("There is no depth")


def test_what_was_started_before_the_fault_has_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DepthWorker, "start", broken)
    engine = Engine(EngineConfig(output=OUTPUT, session=SessionConfig(path=tmp_path / "a.session")))
    with pytest.raises(SourceError, match="There is no depth"):
        engine.start()
    assert running_outputs() == ()
    assert list(tmp_path.iterdir()) == []
    engine.stop()


def test_an_output_that_was_on_air_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Engine(EngineConfig(output=OUTPUT))
    first.start()
    try:
        second = Engine(EngineConfig(output=OUTPUT, session=SessionConfig(path=tmp_path / "a.session")))
        with pytest.raises(OutputError, match="Another engine already plays on this output"):
            second.start()
        assert [one.name for one in running_outputs()] == [OUTPUT.name]
        assert list(tmp_path.iterdir()) == []
    finally:
        first.stop(end_output=False)
    with monkeypatch.context() as patch:
        patch.setattr(DepthWorker, "start", broken)
        third = Engine(EngineConfig(output=OUTPUT))
        with pytest.raises(SourceError):
            third.start()
    assert [one.name for one in running_outputs()] == [OUTPUT.name]
    last = Engine(EngineConfig(output=OUTPUT))
    last.start()
    last.stop()
    assert running_outputs() == ()
