"""Errors of the window's side: told in the same sentences as the engine's, so one place can show both."""

from engine.errors import EngineError


class AppError(EngineError):
    """Something that went wrong outside the engine: what, where, and what to do about it."""


class ControlError(AppError):
    """Settings of the controllers that cannot be read, written or carried out."""


class MidiError(AppError):
    """A MIDI system or port that cannot be used."""
