"""A wide show for real: a receiver gets the canvas of its format, and another while the picture never stops."""

import time

import numpy as np
import pytest
from pythonosc.udp_client import SimpleUDPClient

from tests.cli.program import PATIENCE_S
from tests.cli.test_headless import performing, wait_for
from tests.netns import isolated
from tests.output.test_ndi import receiver

pytestmark = [pytest.mark.ndi, pytest.mark.slow]

PORT = 9123
LONGEST_GAP_S = 1.0
"""A machine that tests may be busy; a sender that stopped for a start of the generator would be silent for longer."""


@isolated()
def test_a_wide_show_arrives_on_its_canvas_and_goes_on_as_a_tall_one() -> None:
    arguments = ("--headless", "--midi", "none", "--show", "none", "--format", "wide", "--osc", f"127.0.0.1:{PORT}")
    with performing(*arguments) as (process, lines), receiver("Hardcut") as received:
        wait_for(lines, r"Sending 1280×720")
        wait_for(lines, "Generator field is ready")
        seen = received.until(lambda one: min(colour[0] for colour in one["colours"]) > 20, "a picture everywhere")
        assert seen["size"] == [1280, 720]
        with SimpleUDPClient("127.0.0.1", PORT) as client:
            client.send_message("/hardcut/format", "tall")
        arrived, deadline = [seen["at_ns"]], time.monotonic() + PATIENCE_S
        while seen["size"] != [720, 1280]:
            assert time.monotonic() < deadline, "never became tall"
            seen = received.next()
            arrived.append(seen["at_ns"])
        wait_for(lines, "Generator field is ready")
        for _ in range(30):
            seen = received.next()
            arrived.append(seen["at_ns"])
        assert seen["size"] == [720, 1280] and min(colour[0] for colour in seen["colours"]) > 16
        assert max(np.diff(arrived)) / 1e9 < LONGEST_GAP_S
        process.terminate()
        assert process.wait(PATIENCE_S) == 0
