"""The gallery as a window to press through: whatever mode or language is pressed is turned on, all else turns pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtGui import QGuiApplication

from kiosk.domain.modes import MODE_NAMES, Modes
from kiosk.flow.events import Touched, UiEvent
from ui.gallery.pages import NOON, as_the_flow_would, samples
from ui.host import TerminalWindow


def _on_display(panel: tuple[int, int]) -> tuple[int, int]:
    """The same shape, as large as the display shows whole."""
    room = QGuiApplication.primaryScreen().availableSize()
    share = min(1.0, room.width() / panel[0], room.height() / panel[1])
    return round(panel[0] * share), round(panel[1] * share)


class GalleryWindow:
    """Sample pages, one at a time. ``on_closed`` is told when the window was closed."""

    def __init__(
        self, panel: tuple[int, int], languages: Sequence[str], modes: Modes, on_closed: Callable[[], None]
    ) -> None:
        self._languages, self._modes = tuple(languages), modes
        self._at = 0
        self._language = self._languages[0]
        self.window = TerminalWindow(self.pressed, _on_display(panel), demo=True, now=lambda: NOON, on_closed=on_closed)

    def show(self) -> None:
        """Put the window on the display."""
        self.window.start()
        self._render()

    def page(self) -> str:
        """Name of the sample that is shown."""
        return samples(self._language)[self._at][0]

    def pressed(self, event: UiEvent) -> None:
        """What a hand did: a mode or the language changes the page, back and anything else turn to another."""
        if not isinstance(event, Touched):
            return
        mode = event.name.removeprefix("mode.")
        if mode in MODE_NAMES:
            self._modes = self._modes.toggled(mode)
        elif event.name == "action.language":
            number = self._languages.index(self._language)
            self._language = self._languages[(number + 1) % len(self._languages)]
        else:
            by = -1 if event.name == "action.back" else 1
            self._at = (self._at + by) % len(samples(self._language))
        self._render()

    def _render(self) -> None:
        name, view = samples(self._language)[self._at]
        self.window.setWindowTitle(f"{self._at + 1} {name}")
        self.window.render(view if view.staff else as_the_flow_would(view, self._modes))
