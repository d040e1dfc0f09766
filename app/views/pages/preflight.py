"""The preflight: is all well for a show? Lines in three lamps, a dress rehearsal, and the file for a bug report."""

from collections.abc import Callable, Iterable
from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QLabel

from app import theme
from app.bridge import Gatherer
from app.models.checkup import CheckLine, Checkup, Checkups
from app.models.console import Console
from app.views.pages.cover import SidePage, inked, scrolled
from app.views.performance_view import PerformanceView
from app.widgets.check_list import CheckList
from app.widgets.keys import PushKey

KEY_WIDTH: Final = 168


class PreflightPage(SidePage):
    """Lines in three lamps, and what can be done about them.

    Args:
        checkups: looks, rehearses and writes; None: the page says that nothing can be looked at.
    """

    def __init__(self, surface: PerformanceView, console: Console, checkups: Checkups | None) -> None:
        super().__init__(surface, name="Preflight")
        self._console = console
        self._checkups = checkups
        self._looked = self._mended = False
        self.model = Checkup()
        self.model.changed.connect(self._show)
        self._worker = Gatherer("preflight")
        self._worker.found.connect(self._take)
        self._worker.ended.connect(self._end)
        self._title = inked(QLabel("Preflight"), theme.TEXT)
        self._verdict = inked(QLabel(), theme.TEXT)
        self.again = PushKey(self, "Look again", help_text="Check everything again.", size=15)
        self.rehearse = PushKey(self, "Measure 10 s", help_text="Judge the show's next ten seconds.", size=15)
        self.report = PushKey(self, "Save report", help_text="What helps to find a fault, in one file.", size=15)
        self.again.pressed.connect(self.look)
        self.rehearse.pressed.connect(self._rehearse)
        self.report.pressed.connect(self.save_report)
        self.list = CheckList()
        self.list.mend_asked.connect(self._mend)
        self._scroll = scrolled(self, self.list)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        for key in (self.again, self.rehearse, self.report, self.close_key):
            head.addWidget(key)
        self.rows.addLayout(head)
        self.rows.addWidget(self._verdict)
        self.rows.addWidget(self._scroll, 1)

    def open(self) -> None:
        """Show what was found, and look if nobody has yet."""
        self.cover()
        if not self._looked:
            self.look()

    def look(self) -> None:
        """Check everything."""
        if self._checkups is not None and not self.model.running:
            self._looked = True
            self._gather(self._checkups.look)

    def _rehearse(self) -> None:
        if self._checkups is not None and not self.model.running:
            self._gather(self._checkups.rehearse, keep=True)

    def save_report(self) -> None:
        """Write the file for a bug report, and say where it is."""
        checkups = self._checkups
        if checkups is None or self.model.running:
            return
        self._console.note("The report is being written …")

        def write() -> Iterable[str]:
            yield f"Wrote {checkups.write_report()}. Look into it before you give it away."

        self._gather(write, keep=True)

    def _mend(self, one: CheckLine) -> None:
        act = one.act
        if act is None or self.model.running:
            return

        def mend() -> Iterable[str]:
            yield act()

        self._mended = True
        self._gather(mend, keep=True)

    def _gather(self, look: Callable[[], Iterable[object]], *, keep: bool = False) -> None:
        self.model.begin(keep=keep)
        self._worker.gather(look)

    def _take(self, found: object) -> None:
        if isinstance(found, CheckLine):
            self.model.take(found)
        else:
            self._console.note(str(found))

    def _end(self, trouble: str) -> None:
        self.model.end()
        mended, self._mended = self._mended, False
        if trouble:
            self._console.warn(trouble)
        elif mended:  # what was found before no longer holds
            self.look()

    def close_worker(self) -> None:
        """End a look under way."""
        self._worker.close()

    def _show(self) -> None:
        words = self.model.verdict if self._checkups is not None else "Nothing can be looked at here."
        self._verdict.setText(words)
        self.list.show_lines(self.model.lines, max(1, self._scroll.viewport().width()))

    def arrange(self, unit: float) -> None:
        for key in (self.again, self.rehearse, self.report):
            key.set_unit(unit)
            key.setFixedSize(round(KEY_WIDTH * unit), self.close_key.height())
        self.list.set_unit(unit)
        self._title.setFont(theme.font(round(22 * unit), theme.SEMIBOLD))
        self._verdict.setFont(theme.font(round(17 * unit), theme.SEMIBOLD))
        self.rows.activate()
        self._show()
