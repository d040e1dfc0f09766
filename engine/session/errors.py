"""Errors of session files, described in sentences."""

from engine.errors import EngineError


class SessionError(EngineError):
    """A session that cannot be recorded, read or replayed."""
