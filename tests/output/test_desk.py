"""The desk and a real output process: a logo, fades, and Panic."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.clock import SystemClock
from engine.engine import Engine, EngineConfig
from engine.errors import OutputError
from engine.messages.commands import Panic, SetParameter
from engine.messages.events import CommandRefused, Event, MapChanged
from engine.messages.output_commands import SetBlackout, SetLogo
from engine.messages.output_events import OutputChanged
from engine.mixing.mixer import Mixer
from engine.output.client import NULL_SINK, OutputConfig
from engine.output_controls import OutputControls
from tests.output.parts import connect, eventually, flat, frame, when


def test_a_logo_lies_over_all_and_panic_waits_for_no_fade(tmp_path: Path) -> None:
    client = connect("Desk")
    mixer = Mixer(SystemClock(), lambda: None, lambda _notice: None)
    desk = OutputControls(client.steering, mixer)
    logo = np.full((60, 60, 4), (10, 20, 240, 255), np.uint8)  # B G R A
    path = tmp_path / "logo.png"
    cv2.imwrite(str(path), logo)

    def turn(parameter: str, value: float) -> None:
        assert desk.apply(SetParameter(stamp_ns=0, parameter=parameter, value=value))

    def corner(*colour: int) -> bool:
        _, picture = client.preview()
        apart = np.subtract(picture[440, 440, :3].astype(int), colour)
        return bool(np.abs(apart).max() <= 3 and (picture[100, 100, :3] == (0, 100, 0)).all())

    try:
        client.publish(frame(flat(0, 100, 0)))
        when(client, lambda status: status.shown == 1, "the picture")
        turn("logo.x", 1.0)
        turn("logo.y", 1.0)
        assert desk.apply(SetLogo(stamp_ns=0, on=True, file=str(path)))
        eventually(lambda: corner(240, 20, 10), "the logo")
        turn("logo.opacity", 0.5)
        eventually(lambda: corner(120, 60, 5), "half of it")
        with pytest.raises(OutputError, match="not there"):
            desk.apply(SetLogo(stamp_ns=0, on=True, file=str(tmp_path / "none.png")))
        path.with_name("broken.png").write_bytes(b"no picture")
        assert desk.apply(SetLogo(stamp_ns=0, on=True, file=str(path.with_name("broken.png"))))
        when(client, lambda status: "broken.png" in status.remark, "why there is none")
        assert (desk.state.logo_on, desk.state.values["logo.opacity"]) == (True, 0.5)
        turn("output.fade", 10.0)
        assert desk.apply(SetBlackout(stamp_ns=0, on=True))
        eventually(lambda: 2 < client.preview()[1][100, 100, 1] < 98, "a frame of the fade")
        desk.apply(Panic(stamp_ns=0))
        eventually(lambda: bool(client.preview()[1][100, 100, 1] == 100), "all of it at once")
        assert desk.state.values["output.fade"] == 10.0
    finally:
        client.close()
        mixer.close()


def test_what_is_asked_before_the_start_holds_from_the_start(tmp_path: Path) -> None:
    path = tmp_path / "logo.png"
    cv2.imwrite(str(path), np.full((60, 60, 4), 255, np.uint8))
    told: list[Event] = []
    engine = Engine(EngineConfig(output=OutputConfig(name="Early", sinks=(NULL_SINK,))))
    engine.subscribe(told.append)
    for command in (
        SetParameter(stamp_ns=0, parameter="output.fade", value=1.5),
        SetParameter(stamp_ns=0, parameter="map.contrast", value=2.0),
        SetLogo(stamp_ns=0, on=True, file=str(path)),
    ):
        engine.post(command)
    engine.start()
    try:
        eventually(lambda: any(isinstance(one, OutputChanged) and one.logo_on for one in told), "the logo")
        output = [one for one in told if isinstance(one, OutputChanged)][-1]
        assert (output.logo, output.values["output.fade"]) == (str(path), 1.5)
        eventually(
            lambda: [one for one in told if isinstance(one, MapChanged)][-1].values["map.contrast"] == 2.0, "the map"
        )
        assert not [one for one in told if isinstance(one, CommandRefused)]
    finally:
        engine.stop()
