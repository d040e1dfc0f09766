"""What the generator's chip opens: the generators, how the one in use computes and why, and what is armed."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from app.models import text as words
from app.models.console import Console
from app.models.engine_api import EnginePort
from app.models.window_models import WindowModels
from app.widgets.popover import Choice, Popover, anchor_of
from engine.messages.events import BackendChoice, ComponentState, GpuShared


class GeneratorMenu:
    """Fills the window's popover; nothing is shortened here."""

    def __init__(self, popover: Popover, area: QWidget, port: EnginePort, show: WindowModels, console: Console) -> None:
        self._popover = popover
        self._area = area
        self._port = port
        self._show = show
        self._console = console

    def open(self, owner: QWidget, unit: float) -> None:
        """Show it below a part of the window."""
        generator = self._show.chain.generator
        popover = self._popover
        popover.begin("Generator", unit, owner)
        for name in self._port.generators():
            current = generator is not None and generator.name == name
            remark = generator.state.value.upper() if current and generator is not None else ""
            choice = popover.add_choice(Choice(name.capitalize(), remark=remark, current=current))
            choice.chosen.connect(self._chooser(name))
            if current and generator is not None and generator.detail:
                popover.add_words(generator.detail, strong=generator.state is ComponentState.FAILED)
        shared = GpuShared(at_ns=self._port.now_ns(), gpus=self._show.chain.shared_gpus)
        if shared.gpus:
            popover.add_words(shared.sentence(), strong=True)
        if generator is not None and generator.backends:
            popover.add_heading("How it computes")
            for backend in generator.backends:
                self._add_backend(backend)
        self._add_armed()
        popover.open_at(anchor_of(owner, self._area), round(480 * unit))

    def _chooser(self, name: str) -> Callable[[], None]:
        def choose() -> None:
            self._popover.dismiss()
            self._console.select_generator(name)

        return choose

    def _add_backend(self, backend: BackendChoice) -> None:
        self._popover.add_words(f"{backend.component}: {backend.chosen}", strong=True)
        shapes = f"Shapes: {backend.shapes}." if backend.shapes else ""
        self._popover.add_words(" ".join(part for part in (_sentence(backend.reason), shapes) if part))
        for other, reason in backend.rejected:
            self._popover.add_words(f"Not {other}: {reason}")

    def _add_armed(self) -> None:
        lines = words.armed_lines(self._show.pads.arming.values(), self._show.pads.opening_bytes)
        if lines:
            self._popover.add_heading("Instant cuts")
            for line in lines:
                self._popover.add_words(line)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}" if text else ""
