"""What the generator's chip opens: the generators, how the one in use computes and why, and what is armed."""

from PySide6.QtWidgets import QWidget

from app.models import text as words
from app.models.console import Console
from app.models.engine_api import EnginePort
from app.models.window_models import WindowModels
from app.views.menus.menu import PopoverMenu
from app.widgets.popover import Choice, Popover
from engine.messages.events import BackendChoice, ComponentState, GpuShared


class GeneratorMenu(PopoverMenu):
    """Reads the chain and the pads when it is opened; nothing is shortened here."""

    def __init__(self, popover: Popover, port: EnginePort, models: WindowModels, console: Console) -> None:
        super().__init__(popover)
        self._port = port
        self._models = models
        self._console = console

    def fill(self, owner: QWidget) -> None:
        generator = self._models.chain.generator
        popover = self.popover
        popover.begin("Generator", owner)
        for name in self._port.generators():
            current = generator is not None and generator.name == name
            remark = generator.state.value.upper() if current and generator is not None else ""
            choice = popover.add_choice(Choice(name.capitalize(), remark=remark, current=current))
            choice.chosen.connect(self.pick(self._console.select_generator, name))
            if current and generator is not None and generator.detail:
                popover.add_words(generator.detail, strong=generator.state is ComponentState.FAILED)
        shared = GpuShared(at_ns=self._port.now_ns(), gpus=self._models.chain.shared_gpus)
        if shared.gpus:
            popover.add_words(shared.sentence(), strong=True)
        if generator is not None and generator.backends:
            popover.add_heading("How it computes")
            for backend in generator.backends:
                self._add_backend(backend)
        self._add_armed()
        popover.open_beside(owner, 480)

    def _add_backend(self, backend: BackendChoice) -> None:
        self.popover.add_words(f"{backend.component}: {backend.chosen}", strong=True)
        shapes = f"Shapes: {backend.shapes}." if backend.shapes else ""
        self.popover.add_words(" ".join(part for part in (_sentence(backend.reason), shapes) if part))
        for other, reason in backend.rejected:
            self.popover.add_words(f"Not {other}: {reason}")

    def _add_armed(self) -> None:
        lines = words.armed_lines(self._models.pads.arming.values(), self._models.pads.opening_bytes)
        if lines:
            self.popover.add_heading("Instant cuts")
            for line in lines:
                self.popover.add_words(line)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}" if text else ""
