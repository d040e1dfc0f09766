"""What a show or the network names is written in its own folder, or not at all; a hand names any place."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.clock import SystemClock
from engine.errors import OutputError
from engine.messages.commands import Origin
from engine.messages.output_commands import SwitchSink
from engine.mixing.mixer import Mixer
from engine.output.client import SinkSpec
from engine.output.sinks.outside import name_within
from engine.output.sinks.registry import SINKS, confined_sink, parse_sink
from engine.output_controls import OutputControls
from tests.output.parts import connect

PARTS = st.sampled_from(["..", ".", "/", "\\", "~", "~root", "C:", "\0", "\n", "film.mp4", "set", " ", "%2e%2e", "…"])


@given(st.one_of(st.text(max_size=20), st.lists(PARTS, max_size=6).map("".join)))
def test_a_name_stays_in_its_folder_or_is_refused(name: str) -> None:
    folder = Path("/films")
    try:
        found = name_within(folder, name)
    except OutputError as error:
        assert "--sink" in str(error)
    else:
        assert found == "" if not name else Path(found).parent == folder
        assert ".." not in Path(found).parts


def test_a_link_leads_nowhere_else(tmp_path: Path) -> None:
    folder = tmp_path / "Hardcut"
    folder.mkdir()
    (tmp_path / "elsewhere").mkdir()
    (folder / "out").symlink_to(tmp_path / "elsewhere")
    (folder / "round").symlink_to(folder / "round")
    (tmp_path / "linked").symlink_to(folder)  # where films go may itself be a link
    for name in ("out", "round"):
        with pytest.raises(OutputError, match="leads out"):
            name_within(folder, name)
    assert name_within(tmp_path / "linked", "a.mp4") == str(tmp_path / "linked" / "a.mp4")


@pytest.mark.parametrize("text", ["record:/any/x.mp4", "record:../x.mp4", "record:a/b.mp4", "camera:/etc/passwd"])
def test_no_sink_writes_where_it_is_told_to_from_outside(text: str) -> None:
    with pytest.raises(OutputError, match="Output menu"):
        confined_sink(parse_sink(text))


def test_every_other_sink_is_taken_as_it_is() -> None:
    for entry in (one.entry for one in SINKS.entries()):
        if not entry.needs_address:
            assert confined_sink(SinkSpec(entry.id)) == SinkSpec(entry.id)
    for text in ("display:2", "camera:/dev/video4", "camera:OBS Virtual Camera"):
        assert str(confined_sink(parse_sink(text))) == text
    assert confined_sink(parse_sink("record:a.mp4")).address.endswith("a.mp4")


def test_the_network_switches_what_a_hand_has_named_and_no_other_file(tmp_path: Path) -> None:
    client = connect("Outside")
    mixer = Mixer(SystemClock(), lambda: None, lambda _notice: None)
    desk = OutputControls(client.steering, mixer)
    sink = f"record:{tmp_path / 'deep' / 'x.mp4'}"

    def switch(on: bool, origin: Origin) -> None:
        desk.apply(SwitchSink(stamp_ns=0, origin=origin, sink=sink, on=on))

    try:
        for origin in (Origin.OSC, Origin.DMX, Origin.TIMECODE, Origin.LINK, Origin.AUDIO):
            with pytest.raises(OutputError, match="no other place"):
                switch(True, origin)
        assert [one.id for one in client.steering.sinks] == ["null"]
        assert list(tmp_path.iterdir()) == []
        switch(True, Origin.WINDOW)
        switch(False, Origin.OSC)
        switch(True, Origin.OSC)
        assert str(client.steering.sinks[-1]) == sink
        switch(False, Origin.WINDOW)
    finally:
        client.close()
        mixer.close()
