"""The link thread, and two real peers in a network of their own where the extra is installed."""

import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from app.control.clock_settings import LinkMode
from app.extras import link_installed
from app.link.service import LinkService
from engine.clock import NS_PER_SECOND, SystemClock
from engine.messages.commands import Command, ExternalBeat
from engine.messages.events import TempoChanged
from tests.midi.core_parts import front
from tests.netns import isolated

PATIENCE_S = 20.0


class Peer:
    """A service with all that it posted; a context manager."""

    def __init__(self, mode: LinkMode) -> None:
        self.posted: list[Command] = []
        self._lock = threading.Lock()
        self.service = LinkService(self._post, SystemClock())
        self.set_mode(mode)

    def set_mode(self, mode: LinkMode) -> None:
        self.service.follow(replace(front(), link=mode))

    def _post(self, command: Command) -> None:
        with self._lock:
            self.posted.append(command)

    def __enter__(self) -> "Peer":
        self.service.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.service.close()

    def tempos(self) -> list[float]:
        with self._lock:
            return [command.bpm for command in self.posted if isinstance(command, ExternalBeat)]


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.skipif(link_installed(), reason="the extra link is installed")
def test_without_the_extra_a_sentence_says_so() -> None:
    with Peer(LinkMode.FOLLOW) as peer:
        until(lambda: peer.service.state().fault != "")
        assert "needs the extra link" in peer.service.state().sentence


@pytest.mark.skipif(not link_installed(), reason="the extra link is not installed")
@isolated()
def test_two_peers_share_a_tempo_and_only_who_joins_sets_it() -> None:
    for words in ("link set lo multicast on", "route add 224.0.0.0/4 dev lo"):
        subprocess.run(["ip", *words.split()], check=True)
    with Peer(LinkMode.JOIN) as leader, Peer(LinkMode.FOLLOW) as follower:
        until(lambda: leader.service.state().peers == follower.service.state().peers == 1)
        bar_ns = time.monotonic_ns()
        leader.service.hear(TempoChanged(at_ns=bar_ns, bpm=97.0, beat_ns=bar_ns))
        until(lambda: 97.0 in follower.tempos())
        beat = next(one for one in reversed(follower.posted) if isinstance(one, ExternalBeat) and one.bpm == 97.0)
        period_ns = 60 * NS_PER_SECOND / 97
        away_ns = (beat.beat_ns - bar_ns) % period_ns
        assert min(away_ns, period_ns - away_ns) < 0.1 * period_ns
        assert 97.0 not in leader.tempos()
        follower.service.hear(TempoChanged(at_ns=bar_ns, bpm=150.0, beat_ns=bar_ns))
        until(lambda: follower.tempos().count(97.0) == 2)  # its own tap was not for the session: it follows again
        assert round(leader.service.state().bpm, 1) == 97.0
        leader.set_mode(LinkMode.OFF)
        until(lambda: follower.service.state().peers == 0)
