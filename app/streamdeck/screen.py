"""One open deck: what it shows, and the least that has to be sent to show something else."""

from collections import OrderedDict
from typing import Final

from app.streamdeck.draw import draw
from app.streamdeck.key_images import DialFace, Face, FunctionFace, PadFace, Part, TouchFace
from app.streamdeck.panel import lay_out
from app.streamdeck.scene_pictures import KeyScenePictures
from app.streamdeck.system import Deck
from engine.clock import NS_PER_MS

GAP_NS: Final = 10 * NS_PER_MS
"""Shortest pause between two pictures: one takes some 5 ms to draw and as long to send, a press must not wait for a
whole deck of them, and the engine wants the processor too. A fresh page of 32 keys is there in a third of a second."""

STRIP_GAP_NS: Final = 50 * NS_PER_MS
"""Shortest pause between two pictures of one field of the strip, while its dial is being turned."""

KEPT: Final = 256
"""Encoded pictures kept: some pages of every state. At 10 kB each a few megabytes."""

Key = tuple[str, PadFace | FunctionFace | DialFace]


class Encoder:
    """Draws and encodes a face once for each kind of deck."""

    def __init__(self, pictures: KeyScenePictures) -> None:
        self._pictures = pictures
        self._kept: OrderedDict[Key, bytes] = OrderedDict()
        self.encoded = 0
        """Pictures drawn so far."""

    def native(self, deck: Deck, face: PadFace | FunctionFace | DialFace) -> bytes:
        """The face in the deck's own format."""
        key = deck.panel.name, face
        kept = self._kept.get(key)
        if kept is None:
            self.encoded += 1
            if isinstance(face, DialFace):
                width, height = deck.panel.strip
                kept = deck.native_strip(draw(face, (width // deck.panel.dials, height), self._pictures))
            else:
                kept = deck.native(draw(face, deck.panel.key_size, self._pictures))
            self._kept[key] = kept
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return kept


class Screen:
    """The pictures of one open deck. It remembers what was sent and sends only what differs.

    Attributes:
        page: the page in front, from 0.
    """

    def __init__(self, deck: Deck, encoder: Encoder) -> None:
        self.deck = deck
        self.layout = lay_out(deck.panel)
        self.page = 0
        self._encoder = encoder
        self._wanted: dict[Part, Face] = {}
        self._shown: dict[Part, Face] = {}
        self._sent_ns: dict[Part, int] = {}
        self._next_ns = 0

    def want(self, faces: dict[Part, Face]) -> None:
        """What it is to show from now on."""
        self._wanted = faces

    def send(self, now_ns: int) -> int | None:
        """Send at most one picture; when the next may go, None if nothing differs. DeckError if the deck is gone."""
        late = [part for part, face in self._wanted.items() if self._shown.get(part) != face]
        if not late:
            return None
        if now_ns < self._next_ns:
            return self._next_ns
        ready = [part for part in late if now_ns >= self._due_ns(part)]
        if not ready:
            return min(self._due_ns(part) for part in late)
        part = ready[0]
        face = self._wanted[part]
        self._put(part, face)
        self._shown[part] = face
        self._sent_ns[part] = now_ns
        self._next_ns = now_ns + GAP_NS
        return self._next_ns if len(late) > 1 else None

    def clear(self) -> None:
        """Black everywhere; DeckError if the deck is gone."""
        for part in self._shown:
            if part.number >= self.deck.panel.keys:
                self.deck.put_colour(part.number, (0, 0, 0))
            elif not part.strip:
                self.deck.put_key(part.number, None)
        if min(self.deck.panel.strip) > 0:
            self.deck.clear_strip()
        self._shown.clear()

    def _due_ns(self, part: Part) -> int:
        return self._sent_ns.get(part, -STRIP_GAP_NS) + STRIP_GAP_NS if part.strip else 0

    def _put(self, part: Part, face: Face) -> None:
        match face:
            case TouchFace():
                self.deck.put_colour(part.number, face.colour)
            case DialFace():
                width = self.deck.panel.strip[0] // self.deck.panel.dials
                self.deck.put_strip(part.number * width, width, self._encoder.native(self.deck, face))
            case _:
                self.deck.put_key(part.number, self._encoder.native(self.deck, face))
