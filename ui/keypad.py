"""Four buttons do everything: up and down go from stop to stop, select presses, back leaves.

Stops are what a finger could press now, in reading order: body, primary, back, rail; behind the last comes the first,
so nobody is caught. A row of the docked keyboard is one stop: select goes into it, back comes out. The stop in use has
a ring around it, outside its shape. A press goes to the control as a finger's does, so gates, pressed looks and holding
to see work the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QWidget

from kiosk.domain.devices import KeypadButton
from kiosk.flow.events import HandSeen, Pointed, Touched
from kiosk.flow.view import AttractBody
from ui.keyboard.widget import KeyboardWidget
from ui.kit.controls import control_name, let_go
from ui.kit.theme import Theme
from ui.kit.tokens import EDGE_PX

if TYPE_CHECKING:
    from ui.host import TerminalWindow

_PRESSED_ROLES: Final = frozenset({"key", "choice", "field"})
_NO_STOP: Final = frozenset({"", "staff.corner", "field.signature"})
"""What has no name, is nobody's business, or takes a finger that draws."""
_GAP_PX: Final = EDGE_PX["ring_gap"]
_LINE_PX: Final = EDGE_PX["ring"]
ROOM_PX: Final = _GAP_PX + _LINE_PX + 1
_SAME_ROW_PX: Final = 24


@dataclass(frozen=True, slots=True)
class _Stop:
    """One thing to come by: a control, or a row of them."""

    name: str
    widgets: tuple[QWidget, ...]

    @property
    def row(self) -> bool:
        return len(self.widgets) > 1


class FocusRing(QWidget):
    """The ring around what the buttons are on. It takes no touch and never moves the page."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._theme = Theme()
        self.hide()

    def surround(self, box: QRect, theme: Theme) -> None:
        """Stand around a rectangle of the window."""
        room = theme.px(ROOM_PX)
        self._theme = theme
        self.setGeometry(box.adjusted(-room, -room, room, room))
        self.show()
        self.raise_()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The gap, then the ring outside it: seen on any ground."""
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line, gap = theme.px(_LINE_PX), theme.px(_GAP_PX)
        radius = theme.px(24)
        for width, colour, inset in ((gap + 2, "focus_gap", line + gap / 2), (line, "focus_outer", line / 2)):
            painter.setPen(QPen(theme.colour(colour), width))
            box = QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)
            painter.drawRoundedRect(box, radius + line - inset, radius + line - inset)


class Keypad:
    """Drives one window. :meth:`button` is what the four buttons say; :meth:`shown` follows each page."""

    def __init__(self, window: TerminalWindow) -> None:
        self._window = window
        self._ring: FocusRing | None = None
        self._name = ""
        self._cell = ""
        """The key inside the row that was gone into; empty outside."""
        self._page: object = None
        self._down: QWidget | None = None

    def at(self) -> str:
        """The control the ring is around; empty while there is none."""
        return self._cell or self._name if self.seen() else ""

    def seen(self) -> bool:
        """Whether the ring can be seen."""
        return self._ring is not None and self._ring.isVisible()

    def stops(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """What up and down come by, in this order: the name of each stop and of the controls it holds."""
        return tuple((stop.name, tuple(control_name(widget) for widget in stop.widgets)) for stop in self._stops())

    def button(self, button: KeypadButton, down: bool) -> None:
        """A button went down or came up. The first one wakes the terminal and turns the mode on, and does no more."""
        view = self._window.view()
        if view is None or view.staff:
            return
        self._window.tell(HandSeen())
        if not view.modes.keypad:
            if down:
                if isinstance(view.body, AttractBody):
                    self._window.tell(Touched(view.body.start.name))
                self._window.tell(Touched("mode.keypad"))
            return
        if button is KeypadButton.SELECT:
            self._select(down)
        elif down:
            self._let_go()
            if button is KeypadButton.BACK:
                self._back()
            else:
                self._move(1 if button is KeypadButton.DOWN else -1)

    def shown(self, page: object) -> None:
        """Another page, or the same with other things on it: the ring stands where it stood, else on the first."""
        view = self._window.view()
        if view is None or not view.modes.keypad:
            self.forget()
            return
        fresh = page != self._page
        if fresh:
            self._page = page
            self._name = self._cell = ""
        was = self.at()
        self._place()
        if fresh or self.at() != was:
            self._point(moved=not fresh)

    def forget(self) -> None:
        """Nothing of where the buttons were is left."""
        self._name = self._cell = ""
        self._page = self._down = None
        ring, self._ring = self._ring, None
        if ring is not None:
            let_go(ring)

    def _hide(self) -> None:
        if self._ring is not None:
            self._ring.hide()

    # ---- the four

    def _move(self, by: int) -> None:
        stops = self._stops()
        if not stops:
            return
        inside = self._inside(stops)
        if inside is not None:
            names = [control_name(widget) for widget in inside.widgets]
            at = names.index(self._cell) if self._cell in names else 0
            self._cell = names[(at + by) % len(names)]
        else:
            names = [stop.name for stop in stops]
            at = names.index(self._name) if self._name in names else (-1 if by > 0 else 0)
            self._name = names[(at + by) % len(names)]
        self._place()
        self._point()

    def _select(self, down: bool) -> None:
        if not down:
            self._let_go()
            return
        stops = self._stops()
        stop = next((stop for stop in stops if stop.name == self._name), None)
        if stop is None:
            self._place()
            return
        if stop.row and not self._cell:
            self._cell = control_name(stop.widgets[0])
            self._place()
            self._point()
            return
        widget = next((w for w in stop.widgets if control_name(w) == self._cell), stop.widgets[0])
        self._down = widget
        _send(widget, QEvent.Type.MouseButtonPress)

    def _let_go(self) -> None:
        widget, self._down = self._down, None
        if widget is not None and _alive(widget):
            _send(widget, QEvent.Type.MouseButtonRelease)

    def _back(self) -> None:
        if self._cell:
            self._cell = ""
            self._place()
            self._point()
            return
        stops = self._stops()
        for name in ("action.back", "action.stay"):
            stop = next((stop for stop in stops if stop.name == name), None)
            if stop is not None:
                _send(stop.widgets[0], QEvent.Type.MouseButtonPress)
                _send(stop.widgets[0], QEvent.Type.MouseButtonRelease)
                return
        # Nothing leads back from here: the way out is offered, not taken.
        if any(stop.name == "action.exit" for stop in stops):
            self._name = "action.exit"
            self._place()
            self._point()

    def _point(self, *, moved: bool = True) -> None:
        """Tell what the ring is around now, where somebody is read to."""
        view = self._window.view()
        if view is None or view.voice is None or not self.seen():
            return
        stops = self._stops()
        inside = self._inside(stops)
        if inside is not None:
            stops = [_Stop(control_name(cell), (cell,)) for cell in inside.widgets]
        names = [stop.name for stop in stops]
        if self.at() not in names:
            return
        at = names.index(self.at())
        words = [widget.accessibleName() for widget in stops[at].widgets]
        # Of a whole row of keys its first and last tell which it is.
        said = words[0] if len(words) == 1 else f"{words[0]} – {words[-1]}"
        self._window.tell(Pointed(self.at(), said, at + 1, len(stops), moved))

    # ---- where

    def _inside(self, stops: list[_Stop]) -> _Stop | None:
        if not self._cell:
            return None
        return next((stop for stop in stops if stop.name == self._name and stop.row), None)

    def _place(self) -> None:
        stops = self._stops()
        screen = self._window.screen_widget()
        if not stops or screen is None:
            self._hide()
            return
        stop = next((stop for stop in stops if stop.name == self._name), None)
        if stop is None:
            stop, self._cell = stops[0], ""
            self._name = stop.name
        widgets = stop.widgets
        if self._cell:
            found = [widget for widget in widgets if control_name(widget) == self._cell]
            self._cell = self._cell if found else ""
            widgets = tuple(found) or widgets
        box = QRect()
        for widget in widgets:
            box = box.united(_rect(widget, self._window))
        if self._ring is None:
            self._ring = FocusRing(self._window)
        self._ring.surround(box, screen.theme)

    def _stops(self) -> list[_Stop]:
        """What can be pressed, in the order of reading."""
        screen = self._window.screen_widget()
        if screen is None:
            return []
        frame, window = screen.frame, self._window
        scale = frame.scale
        single: list[tuple[tuple[int, int, int], _Stop]] = []
        rows: dict[int, list[QWidget]] = {}
        for widget in screen.findChildren(QWidget):
            name = control_name(widget)
            if (
                name in _NO_STOP
                or widget.property("role") not in _PRESSED_ROLES
                or widget.property("active") is True
                or not (widget.isEnabled() and widget.isVisibleTo(window))
            ):
                continue
            rect = _rect(widget, window)
            if _in_keyboard(widget, screen):
                near = next((top for top in rows if abs(top - rect.center().y()) < _SAME_ROW_PX), rect.center().y())
                rows.setdefault(near, []).append(widget)
                continue
            single.append(((_zone(name, rect, frame.counter.top * scale), rect.y(), rect.x()), _Stop(name, (widget,))))
        for top, cells in rows.items():
            cells.sort(key=lambda cell: _rect(cell, window).x())
            single.append(((0, top, 0), _Stop(f"row.{control_name(cells[0])}", tuple(cells))))
        return [stop for _, stop in sorted(single, key=lambda item: item[0])]


def _zone(name: str, rect: QRect, counter_top: float) -> int:
    """Body, then what goes on, then what goes back, then the rail."""
    if rect.y() < counter_top:
        return 0
    return {"action.next": 1, "action.back": 2}.get(name, 3 if name.startswith(("action.", "mode.", "speech.")) else 1)


def _in_keyboard(widget: QWidget, screen: QWidget) -> bool:
    parent = widget.parentWidget()
    while parent is not None and parent is not screen:
        if isinstance(parent, KeyboardWidget):
            return True
        parent = parent.parentWidget()
    return False


def _rect(widget: QWidget, window: QWidget) -> QRect:
    return QRect(widget.mapTo(window, QRect(0, 0, 0, 0).topLeft()), widget.size())


def _alive(widget: QWidget) -> bool:
    from shiboken6 import isValid

    return isValid(widget)


def _send(widget: QWidget, kind: QEvent.Type) -> None:
    """A press or release in the middle, as a finger's arrives at the widget."""
    middle = QPointF(widget.rect().center())
    held = Qt.MouseButton.LeftButton if kind == QEvent.Type.MouseButtonPress else Qt.MouseButton.NoButton
    event = QMouseEvent(
        kind,
        middle,
        QPointF(widget.mapToGlobal(widget.rect().center())),
        Qt.MouseButton.LeftButton,
        held,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(widget, event)
