"""Which of several names is meant by what was written."""

from collections.abc import Sequence

from engine.errors import SourceError


def match_name(wanted: str, names: Sequence[str], kind: str) -> str | None:
    """The one name that is meant: the same, or else the only one that contains it; case is ignored.

    Args:
        kind: what they are the names of, in the plural, for people.

    Raises:
        SourceError: several contain it.
    """
    folded = wanted.casefold()
    for name in names:
        if name.casefold() == folded:
            return name
    matches = [name for name in names if folded in name.casefold()]
    if len(matches) > 1:
        raise SourceError(
            f"{len(matches)} {kind} have {wanted!r} in their name",
            where=", ".join(matches),
            remedy="Write more of the name.",
        )
    return matches[0] if matches else None
