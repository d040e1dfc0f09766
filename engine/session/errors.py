"""What can go wrong with a session file, told in sentences."""

from engine.errors import EngineError


class SessionError(EngineError):
    """A session that cannot be recorded, read or replayed."""
