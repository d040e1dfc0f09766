"""Every model card at hand: the program's, those that come with a family, and the user's, which go before both."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from types import MappingProxyType

from engine.errors import EngineError, GeneratorError
from engine.folders import cards_folder
from engine.generators.wan.cards import ModelCard, read_card
from engine.generators.wan.families import FAMILIES
from engine.registry import check_id


@dataclass(frozen=True, slots=True)
class CardLibrary:
    """Cards by name: those that are named first before the others, then the program's, by file name.

    Attributes:
        own: the user's files that are in use, by name.
        faults: one error for each file that was left out; a card of the same name from elsewhere is then used.
    """

    cards: Mapping[str, ModelCard]
    own: Mapping[str, Path]
    faults: tuple[EngineError, ...]


def load_cards(user_folder: Path | None = None) -> CardLibrary:
    """Read every card.

    Args:
        user_folder: the user's cards, *.toml; None: where they belong.
    """
    own_folder = user_folder or cards_folder()
    faults: list[EngineError] = []
    cards: dict[str, ModelCard] = {}
    folders = [Path(str(resources.files("presets"))) / "models"]
    folders += [one.entry.cards for one in FAMILIES.entries() if one.entry.cards is not None]
    for folder in folders:
        for _, card in _read_folder(folder, faults):
            cards.setdefault(card.name, card)
    own: dict[str, Path] = {}
    for path, card in _read_folder(own_folder, faults):
        cards[card.name], own[card.name] = card, path
    ordered = dict(sorted(cards.items(), key=lambda item: not item[1].first))
    return CardLibrary(MappingProxyType(ordered), MappingProxyType(own), tuple(faults))


def card_names() -> tuple[str, ...]:
    """The name of every card."""
    return tuple(load_cards().cards)


def load_card(name: str) -> ModelCard:
    """The card of a generator.

    Raises:
        GeneratorError: there is none.
    """
    library = load_cards()
    card = library.cards.get(name)
    if card is None:
        raise GeneratorError("There is no such model", where=name, remedy=f"Known are: {', '.join(library.cards)}.")
    return card


def _read_folder(folder: Path, faults: list[EngineError]) -> Iterator[tuple[Path, ModelCard]]:
    for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
        try:
            check_id(path.stem)
            yield path, read_card(path)
        except EngineError as error:
            faults.append(error)
