"""The one observer mechanism of the models: plain calls, on the thread that changes the model."""

from collections.abc import Callable


class Signal:
    """A list of listeners called in the order in which they connected."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[], None]] = []

    def connect(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call listener at every emit; the returned function ends that."""
        self._listeners.append(listener)

        def disconnect() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return disconnect

    def emit(self) -> None:
        """Tell every listener that the model differs from before."""
        for listener in tuple(self._listeners):
            listener()
