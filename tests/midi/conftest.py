"""A real controller over JACK for the tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.midi.jack import Controller, JackServer


@pytest.fixture
def jack_server() -> Iterator[JackServer]:
    """A JACK server of the test's own; mark the test jack."""
    with JackServer() as server:
        yield server


@pytest.fixture
def controller(jack_server: JackServer) -> Iterator[Controller]:
    """A controller in a second process."""
    with Controller() as device:
        yield device
