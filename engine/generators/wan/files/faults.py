"""Sentences about files of weights that cannot be taken: only what is damaged is to be fetched again."""

from pathlib import Path

from engine.errors import GeneratorError
from engine.wholeness import fault_at


def missing(path: Path) -> GeneratorError:
    """There is nothing."""
    return GeneratorError("There is no such file", where=str(path))


def damaged(path: Path, detail: str) -> GeneratorError:
    """Its bytes are not what its own format asks for."""
    return unsuitable(path, detail, "It may be cut short: fetch it again.")


def damaged_by(path: Path, error: Exception) -> GeneratorError:
    """The same where a library could not read it, whose words speak of its own code."""
    if isinstance(error, OSError) and error.strerror:
        return damaged(path, error.strerror)
    if isinstance(error, MemoryError):
        return damaged(path, "it asks for more memory than there is")
    return damaged(path, f"it {fault_at(path) or 'holds damaged contents'}")


def unsuitable(path: Path, detail: str, remedy: str) -> GeneratorError:
    """It may well be whole, and is not what is read here."""
    detail = " ".join(detail.split())[:300]
    return GeneratorError(f"This file cannot be read as weights: {detail}", where=str(path), remedy=remedy)


def listed(names: list[str], limit: int = 6) -> str:
    """Names for a sentence: the first few, and how many more there are."""
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(name if len(name) <= 120 else f"{name[:120]}…" for name in names[:limit]) + more
