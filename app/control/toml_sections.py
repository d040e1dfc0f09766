"""TOML files of settings: read with faults that name the file and the key, and replaced whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from app.errors import ControlError

E = TypeVar("E", bound=Enum)


@dataclass(frozen=True, slots=True)
class Section:
    """A table of the document that knows where it stands, so that every fault names file and key."""

    table: Mapping[str, object]
    file: str
    path: str

    def fault(self, key: str, clause: str) -> ControlError:
        """What is wrong with a key, as an error to raise."""
        place = f"{self.path}.{key}" if self.path else key
        return ControlError(f"{place!r} {clause}", where=self.file, remedy="Correct the file.")

    def only(self, *known: str) -> None:
        """Fault on a key that is not known."""
        for key in self.table:
            if key not in known:
                raise self.fault(key, f"is not a key here; known are {', '.join(known)}")

    def text(self, key: str) -> str:
        """A text that is not blank."""
        value = self.table.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.fault(key, "needs a text")
        return value.strip()

    def texts(self, key: str) -> tuple[str, ...]:
        """A text or a list of texts."""
        value = self.table.get(key, [])
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(item, str) and item for item in items):
            raise self.fault(key, "must be a text or a list of texts")
        return tuple(items)

    def sections(self, key: str) -> tuple["Section", ...]:
        """The tables under a key: one, several or none."""
        value = self.table.get(key, [])
        items = value if isinstance(value, list) else [value]
        place = f"{self.path}.{key}" if self.path else key
        sections: list[Section] = []
        for index, item in enumerate(items):
            if not isinstance(item, dict):
                raise self.fault(key, "must be a table")
            sections.append(Section(item, self.file, f"{place}[{index}]" if isinstance(value, list) else place))
        return tuple(sections)

    def integer(self, key: str, low: int, high: int) -> int | None:
        """A whole number, or None where the key is missing."""
        if key not in self.table:
            return None
        return self._checked(key, self.table[key], low, high)

    def integers(self, key: str) -> tuple[int, ...]:
        """Numbers 0..127 from 5, "5-8" or a list of both."""
        value = self.table[key]
        numbers: list[int] = []
        for item in value if isinstance(value, list) else [value]:
            first, dash, last = item.partition("-") if isinstance(item, str) else (item, "", "")
            ends = [
                int(end) if isinstance(end, str) and end.isdecimal() and len(end) <= 3 else end for end in (first, last)
            ]
            low = self._checked(key, ends[0], 0, 127)
            high = self._checked(key, ends[1], low, 127) if dash else low
            numbers.extend(range(low, high + 1))
        return tuple(numbers)

    def number(self, key: str, default: float) -> float:
        """A number from 0 to 1."""
        value = self.table.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 <= value <= 1.0:
            raise self.fault(key, f"must be a number from 0 to 1, not {value!r}")
        return float(value)

    def measure(self, key: str, most: float) -> float:
        """A length from 0 to most; it must be there."""
        value = self.table.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 <= value <= most:
            raise self.fault(key, f"must be a length from 0 to {most:g}, not {value!r}")
        return float(value)

    def truth(self, key: str) -> bool:
        """True or false; false where the key is missing."""
        value = self.table.get(key, False)
        if not isinstance(value, bool):
            raise self.fault(key, f"must be true or false, not {value!r}")
        return value

    def one_of(self, key: str, kinds: type[E]) -> E | None:
        """A member of an enumeration by its value, or None where the key is missing."""
        value = self.table.get(key)
        if value is None:
            return None
        for member in kinds:
            if member.value == value:
                return member
        raise self.fault(key, f"must be one of {', '.join(str(member.value) for member in kinds)}, not {value!r}")

    def _checked(self, key: str, value: object, low: int, high: int) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.fault(key, f"must hold whole numbers from {low} to {high}, not {value!r}")
        return value
