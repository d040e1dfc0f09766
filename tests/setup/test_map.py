"""The map is whole: every module is named in ARCHITECTURE.md or at the door of its room."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def modules(folder: Path) -> Iterator[tuple[Path, str]]:
    for entry in sorted(folder.iterdir()):
        if entry.is_dir() and (entry / "__init__.py").exists():
            yield folder, entry.name
            yield from modules(entry)
        elif entry.suffix == ".py" and not entry.stem.startswith("__"):
            yield folder, entry.stem


def door_of(room: Path) -> str:
    return ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8"))) or ""


def test_every_module_is_named_in_the_map_or_at_its_rooms_door() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    missing = []
    for top in ("app", "bench", "engine"):
        for room, name in modules(ROOT / top):
            place = (room / name).relative_to(ROOT).as_posix()
            named = re.search(rf"\b{re.escape(name)}\b", door_of(room)) or re.search(
                rf"`{re.escape(place)}(\.py)?`", text
            )
            if not named:
                missing.append(place)
    assert not missing, f"Neither ARCHITECTURE.md nor the room's __init__.py names: {', '.join(missing)}"
