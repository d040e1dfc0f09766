"""A real controller over JACK for the tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.midi.jack import Controller, JackServer


@pytest.fixture(scope="module")
def jack_server() -> Iterator[JackServer]:
    """A JACK server that ends with the test module; mark the test jack."""
    with JackServer() as server:
        yield server


@pytest.fixture
def controller(jack_server: JackServer) -> Iterator[Controller]:
    """A controller in a second process."""
    with Controller() as device:
        yield device
