"""Every controller as the panel draws it: its state, what each control does and what it last sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from app.control.slots import SlotKind
from app.midi.bindings import Binding, BindingMap, Mode
from app.midi.control_ids import ControlId, MessageKind
from app.midi.messages.activity import Touch, Touches
from app.midi.ports.port import PortState, PortStatus
from app.midi.profiles.library import known_profiles
from app.midi.profiles.pictures import DevicePicture
from app.midi.state import MidiState
from app.models.controllers.picture import drawn

NO_LAYOUT: Final = BindingMap()
UNHEARD: Final[Touches] = MappingProxyType({})
FINE: Final = 32
"""A 14-bit pair is controller n and n + 32; the picture knows its coarse half."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControllerView:
    """One controller at one moment.

    Attributes:
        sentence: its state for the performer, with what to do; detail: what is wrong with it, "" while all is well.
        bank: which of its banks is in force.
        layout: what its controls do now; factory: what they do as shipped.
        own: the controls that the user has bound.
        picture: how it looks; made up of what was heard where nobody has drawn it.
        made_up: the picture is such a one.
        touches: what each control sent last.
    """

    name: str
    state: PortState = PortState.OPEN
    sentence: str = ""
    detail: str = ""
    profile: str = ""
    confidence: str = ""
    bank: int = 1
    layout: BindingMap = field(default_factory=lambda: NO_LAYOUT)
    factory: BindingMap = field(default_factory=lambda: NO_LAYOUT)
    own: frozenset[ControlId] = frozenset()
    picture: DevicePicture
    made_up: bool = False
    touches: Touches = field(default_factory=lambda: UNHEARD)

    def standing(self, source: ControlId) -> tuple[ControlId, tuple[Binding, ...]]:
        """What a control of the picture does, and the control as its bindings name it; itself while it does nothing."""
        for known in _names(source):
            group = self.layout.bindings.get(known)
            if group is not None:
                return known, tuple(binding for binding in group if binding.slot.kind is not SlotKind.NONE)
        return source, ()

    def is_own(self, source: ControlId) -> bool:
        """The user has bound it."""
        return any(known in self.own for known in _names(source))

    def touch(self, source: ControlId) -> Touch | None:
        """What a control of the picture sent last."""
        if source.channel is not None:
            return self.touches.get(source)
        found = [touch for known, touch in self.touches.items() if _same(known, source)]
        return max(found, key=lambda touch: touch.stamp_ns, default=None)

    def last_touched(self) -> tuple[ControlId, Touch] | None:
        """The control of the picture that was moved last."""
        if not self.touches:
            return None
        heard, touch = max(self.touches.items(), key=lambda item: item[1].stamp_ns)
        for control in self.picture.controls:
            if control.source is not None and _same(heard, control.source):
                return control.source, touch
        return None


@lru_cache(maxsize=1024)
def _names(source: ControlId) -> tuple[ControlId, ...]:
    """Under which names a control may stand in a layout, the most particular first."""
    names = [source, ControlId(source.kind, source.number)]
    if source.kind is MessageKind.CC:
        for number in (source.number, source.number - FINE):
            if 0 <= number < FINE:
                names += [
                    ControlId(MessageKind.CC14, number, source.channel),
                    ControlId(MessageKind.CC14, number),
                ]
    return tuple(dict.fromkeys(names))


def _same(heard: ControlId, drawn_as: ControlId) -> bool:
    if (heard.kind, heard.number) == (drawn_as.kind, drawn_as.number):
        return drawn_as.channel in (None, heard.channel)
    return False


class ControllerViews:
    """Makes views of the service's states; a controller of which nothing changed keeps its view."""

    def __init__(self) -> None:
        self._state: MidiState | None = None
        self._views: dict[str, ControllerView] = {}
        self._layouts: dict[str, tuple[tuple[Binding, ...], BindingMap]] = {}

    def of(self, state: MidiState) -> tuple[ControllerView, ...]:
        """Every controller of a state, in its order."""
        if state is not self._state:
            self._state = state
            fresh = (self._view(port, state) for port in state.ports)
            self._views = {
                view.name: before if (before := self._views.get(view.name)) == view else view for view in fresh
            }
        return tuple(self._views.values())

    def _view(self, port: PortStatus, state: MidiState) -> ControllerView:
        profile = known_profiles().named(port.profile)
        factory = profile.layout if profile is not None else NO_LAYOUT
        own = state.learnt.get(port.name, ())
        known, layout = self._layouts.get(port.name, ((), factory))
        if known != own:
            layout = factory.over(own)
            self._layouts[port.name] = own, layout
        touches = state.heard.get(port.name, UNHEARD)
        picture = profile.picture if profile is not None else None
        bound = dict.fromkeys(binding.source for binding in own)
        return ControllerView(
            name=port.name,
            state=port.state,
            sentence=port.sentence,
            detail=port.detail,
            profile=port.profile,
            confidence=port.confidence,
            bank=port.bank,
            layout=layout,
            factory=factory,
            own=frozenset(bound),
            picture=drawn(picture, tuple(dict.fromkeys((*touches, *bound))), _steps(layout, touches)),
            made_up=picture is None,
            touches=touches,
        )


def _steps(layout: BindingMap, heard: Mapping[ControlId, Touch]) -> frozenset[ControlId]:
    """The controls heard that are endless encoders, as far as their bindings tell."""
    return frozenset(
        source
        for source in heard
        for binding in layout.of(source.kind, source.number, source.channel or 1)
        if binding.mode is Mode.RELATIVE
    )
