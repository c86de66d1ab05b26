"""What makes a widget a control: its name, its role, and how a test or a story sees it.

:func:`mark_control` is the one way to give a widget a control name (dynamic properties ``control`` and ``role``, object
name, accessible name). :class:`Described` says how it is painted; widgets that paint themselves implement
:class:`SelfDescribing`. :class:`TouchGate` keeps hasty hands from pressing the same thing twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, Protocol, runtime_checkable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget

from ui.kit.tokens import DURATION_MS

Role = Literal["text", "key", "choice", "field", "image"]

INERT_S: Final = DURATION_MS["inert"] / 1000
"""After a page change or a press the keys of a page are deaf for this long."""


_leaving: set[QWidget] = set()


def let_go(widget: QWidget) -> None:
    """Take a widget off the panel and destroy it once its own events are over, in the thread of the panel.

    Until then it is held here: a widget nobody holds is destroyed by whichever thread happens to collect garbage.
    """
    _leaving.add(widget)
    widget.destroyed.connect(lambda: _leaving.discard(widget))
    widget.hide()
    widget.setParent(None)
    widget.deleteLater()


@dataclass(frozen=True, slots=True)
class Described:
    """How a control is painted now: its text, size in window pixels, text and ground colour as ``#RRGGBB``."""

    text: str
    font_px: int
    fg: str
    bg: str


@runtime_checkable
class SelfDescribing(Protocol):
    """A widget that knows what it paints."""

    def described(self) -> Described:
        """What is painted now."""
        ...


@dataclass(frozen=True, slots=True)
class ControlInfo:
    """One visible thing of the screen; ``rect`` is x, y, width, height in pixels of the window."""

    name: str
    role: Role
    text: str
    accessible: str
    rect: tuple[int, int, int, int]
    enabled: bool
    font_px: int
    fg: str
    bg: str


def mark_control(widget: QWidget, name: str, role: Role, accessible: str | None = None) -> None:
    """Give a widget its control name and role. ``name`` is empty for plain text; ``accessible`` is what is read out."""
    widget.setProperty("control", name)
    widget.setProperty("role", role)
    widget.setObjectName(name)
    widget.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
    widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    if accessible is not None:
        widget.setAccessibleName(accessible)


def control_name(widget: QWidget) -> str:
    """The control name of a widget; empty when it has none."""
    name = widget.property("control")
    return name if isinstance(name, str) else ""


def control_of(widget: QWidget, window: QWidget) -> ControlInfo | None:
    """The control a widget is, with its rectangle in ``window``; ``None`` when it is not one."""
    role: Role | None = widget.property("role")
    if role is None:
        return None
    if isinstance(widget, SelfDescribing):
        how = widget.described()
    else:
        how = Described(widget.accessibleName(), 0, "", "")
    corner = widget.mapTo(window, QPoint(0, 0))
    return ControlInfo(
        name=control_name(widget),
        role=role,
        text=how.text,
        accessible=widget.accessibleName() or how.text,
        rect=(corner.x(), corner.y(), widget.width(), widget.height()),
        enabled=widget.isEnabled(),
        font_px=how.font_px,
        fg=how.fg,
        bg=how.bg,
    )


class TouchGate:
    """Decides whether a press counts. ``now_s`` is a monotonic clock.

    The gate closes for :data:`INERT_S` when a page appears and when a press was taken; a press that falls into that
    time is dropped and closes it again, so that any number of hasty taps is one.
    """

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._deaf_until_s = 0.0

    def page_changed(self) -> None:
        """A fresh page stands there: nothing counts for a moment."""
        self._deaf_until_s = self._now_s() + INERT_S

    def open(self) -> bool:
        """True when a press would count now; asking changes nothing."""
        return self._now_s() >= self._deaf_until_s

    def left_ms(self) -> int:
        """Milliseconds until a press would count."""
        return max(0, round((self._deaf_until_s - self._now_s()) * 1000 + 0.5)) if not self.open() else 0

    def take(self) -> bool:
        """Ask for one press: True when it counts."""
        counts = self.open()
        self._deaf_until_s = self._now_s() + INERT_S
        return counts
