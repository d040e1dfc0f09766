"""The one owner of what lies in front, and of the settings that controllers share.

A gesture has to know what the gesture before it did (the next page, then a knob of that page), and a hand must not wait
for another thread. So intents are carried out at once, on the thread that brings them, one after another under a lock
that is held for microseconds; everybody reads the newest frozen state without one.
"""

import threading
from collections.abc import Callable
from dataclasses import replace

from app.control.intents import Intent
from app.control.reducer import Outcome, apply, loaded, paced, rearmed, refreshed, resumed
from app.control.state import ControlState
from engine.clock import Clock
from engine.messages.commands import Command, Origin
from engine.messages.events import (
    ComponentState,
    Event,
    GeneratorChanged,
    ScenesChanged,
)
from engine.messages.parameters import ParameterTable
from engine.messages.scenes import SceneLibrary
from engine.messages.stats import Stats

Catalogue = Callable[[], tuple[ParameterTable, SceneLibrary]]


class ControlStore:
    """Carries out intents; from any thread.

    Args:
        post: takes each command, under the lock, so that commands leave in the order of the intents; must not block
            and must not call back.
        catalogue: the parameters and scenes of the generator in use, asked when another one is ready.
    """

    def __init__(
        self, post: Callable[[Command], None], clock: Clock, catalogue: Catalogue, state: ControlState
    ) -> None:
        self._post = post
        self._clock = clock
        self._catalogue = catalogue
        self._state = state
        self._generator: GeneratorChanged | None = None
        self._listeners: tuple[Callable[[ControlState], None], ...] = ()
        self._lock = threading.Lock()

    @property
    def state(self) -> ControlState:
        """The newest state."""
        return self._state

    def subscribe(self, listener: Callable[[ControlState], None]) -> Callable[[], None]:
        """Call listener with the state now and after each change, in order; the returned function unsubscribes.

        It is called under the lock: it must not block and must not send.
        """
        with self._lock:
            self._listeners = (*self._listeners, listener)
            listener(self._state)

        def unsubscribe() -> None:
            with self._lock:
                self._listeners = tuple(one for one in self._listeners if one is not listener)

        return unsubscribe

    def send(self, intent: Intent, origin: Origin, stamp_ns: int | None = None) -> Outcome:
        """Carry out an intent; its commands are posted before this returns.

        Args:
            stamp_ns: when the gesture was made; None: now.
        """
        with self._lock:
            stamp = self._clock.now_ns() if stamp_ns is None else stamp_ns
            outcome = apply(self._state, intent, stamp, origin)
            self._publish(outcome)
        return outcome

    def handle(self, event: Event) -> None:
        """Follow an event of the engine. It may post: never call it on a thread that holds a lock of the engine's."""
        match event:
            case Stats():
                with self._lock:
                    self._publish(Outcome(paced(self._state, event)))
            case ScenesChanged():
                with self._lock:
                    after = refreshed(self._state, tuple(event.scenes), event.renamed)
                    self._publish(rearmed(self._state, after, event.at_ns, Origin.ENGINE))
            case GeneratorChanged():
                self._handle_generator(event)
            case _:
                pass

    def report(
        self,
        *,
        macros_trouble: str | None = None,
        clock_trouble: str | None = None,
        audio_trouble: str | None = None,
    ) -> None:
        """Publish how keeping the settings went; None leaves a sentence as it is."""
        with self._lock:
            state = self._state
            if macros_trouble is not None:
                state = replace(state, macros_trouble=macros_trouble)
            if clock_trouble is not None:
                state = replace(state, clock_trouble=clock_trouble)
            if audio_trouble is not None:
                state = replace(state, audio_trouble=audio_trouble)
            self._publish(Outcome(state))

    def _handle_generator(self, event: GeneratorChanged) -> None:
        before, self._generator = self._generator, event
        again = before is not None and (before.state, before.name) == (ComponentState.READY, event.name)
        if event.state is not ComponentState.READY or again:
            return
        table, scenes = self._catalogue()
        with self._lock:
            after = loaded(self._state, table, tuple(scenes))
            outcome = rearmed(self._state, after, event.at_ns, Origin.ENGINE)
            going_on = resumed(after, event.at_ns, Origin.ENGINE)
            self._publish(Outcome(after, (*outcome.commands, *going_on)))

    def _publish(self, outcome: Outcome) -> None:
        if outcome.state != self._state:
            self._state = outcome.state
            for listener in self._listeners:
                listener(outcome.state)
        for command in outcome.commands:
            self._post(command)
