"""Gestures on the prompt and the playlist; each can be taken back while its scene plays, a controller's steps too."""

from collections.abc import Callable
from typing import Final

from app.control.intents import Intent, PlayPrompt, StepPrompts, WritePrompt
from app.models.engine_api import EnginePort
from app.models.lists import ListsModel
from app.models.transport import Transport
from app.models.undo import Edit
from app.models.visit import SceneVisit
from engine.clock import NS_PER_SECOND

STEP_PATIENCE_NS: Final = 3 * NS_PER_SECOND
"""Within this time the engine tells of a step that was asked for here: a chunk of the slowest generator."""


class PromptEdits:
    """Sends intents; remember takes each gesture."""

    def __init__(
        self,
        port: EnginePort,
        lists: ListsModel,
        transport: Transport,
        visit: SceneVisit,
        send: Callable[[Intent], None],
        remember: Callable[[Edit], None],
    ) -> None:
        self._port = port
        self._lists = lists
        self._transport = transport
        self._send = send
        self._remember: Callable[[Edit], None] = lambda edit: remember(visit.bound(edit))
        self._list_place = lists.playlist
        self._own_step_ns = -STEP_PATIENCE_NS
        lists.changed.connect(self._follow_list)

    def enter(self, text: str) -> None:
        """Morph to a prompt over the morph's length; can be undone."""
        text = " ".join(text.split())
        before = self._transport.prompt
        if not text:
            return
        self._send_prompt(text)
        if before and before != text:
            self._remember(Edit("the prompt", lambda: self._send_prompt(before), lambda: self._send_prompt(text)))

    def _send_prompt(self, text: str) -> None:
        self._send(WritePrompt(text))

    def step(self, steps: int) -> None:
        """Morph to the next prompt of the playlist, or to an earlier one; can be undone."""
        playlist, prompt = self._lists.playlist, self._transport.prompt
        self._step(steps)
        if playlist is None:
            return
        number = playlist.number
        undo = (lambda: self._go_to_prompt(number)) if number else (lambda: self._send_prompt(prompt))
        if number or prompt:
            self._remember(Edit(f"the step in {playlist.name}", undo, lambda: self._step(steps)))

    def _step(self, steps: int) -> None:
        self._own_step_ns = self._port.now_ns()
        self._send(StepPrompts(steps))

    def _go_to_prompt(self, number: int) -> None:
        self._own_step_ns = self._port.now_ns()
        self._send(PlayPrompt(number))

    def _follow_list(self) -> None:
        """Remember a step that a hand on a controller has made; the window's own are known already."""
        before, now = self._list_place, self._lists.playlist
        self._list_place = now
        if before is None or now is None or (before.name, before.path) != (now.name, now.path):
            return
        if before.number == now.number or not now.number:
            return
        if self._port.now_ns() - self._own_step_ns <= STEP_PATIENCE_NS:
            self._own_step_ns = -STEP_PATIENCE_NS
            return
        here, there, prompt = before.number, now.number, self._transport.prompt
        undo = (lambda: self._go_to_prompt(here)) if here else (lambda: self._send_prompt(prompt))
        self._remember(Edit(f"the step in {now.name}", undo, lambda: self._go_to_prompt(there)))
