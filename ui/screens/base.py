"""A page: how it is built, kept, and laid out until its words have room.

A screen is passive: it is given a :class:`kiosk.flow.view.ScreenView`, paints it, and hands
:class:`kiosk.flow.events` values to ``emit``. Each body type has one subclass; it fills the room between the heading
and the counter. Coordinates are design pixels; where the zones are is told by :class:`ui.kit.frame.Frame`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, TypeVar

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from kiosk.flow.events import Touched, UiEvent
from kiosk.flow.view import Key as KeyView
from kiosk.flow.view import ScreenView
from ui.kit.controls import TouchGate, let_go
from ui.kit.frame import Frame, Zone
from ui.kit.keys import Hotspot, Key, Pressable
from ui.kit.label import Label
from ui.kit.paint import FaceName
from ui.kit.theme import Theme
from ui.kit.tokens import SPACE_PX
from ui.screens.canvas import Canvas
from ui.screens.counter import counter_keys, paint_counter
from ui.screens.heading import page_heading
from ui.screens.rail import rail_keys
from ui.screens.scenery import foot_scene
from ui.screens.signs import leads_on, sign_of
from ui.screens.strip import status_strip

BodyT = TypeVar("BodyT")
KeptT = TypeVar("KeptT", bound=QWidget)

_GROWTHS: Final = (1.0, 0.8, 0.6, 0.4, 0.2, 0.0)
"""Shares of what larger type adds to the sizes that a page tries until its words have room."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a screen needs besides its view: where events go, the gate for presses, the time of day."""

    emit: Callable[[UiEvent], None]
    gate: TouchGate
    now: Callable[[], datetime]
    painted: Callable[[], None] = lambda: None


class Screen(Canvas, Generic[BodyT]):
    """A page of the terminal; subclasses implement :meth:`fill` and, where typing goes on, :meth:`refresh`."""

    heading_room: float = 504.0
    """Where what is read stands above what is touched: the heading is no taller than this, and never reaches the
    touch zone."""
    title_step: str | None = None
    """Size of the title when not the usual one."""
    title_lines = 2
    """Lines the title may take before it is set smaller; one more in the narrow column of a panel that lies."""
    scenic = True
    """Whether a picture may stand in the room that heading and body leave: at the foot of the reading column, or above
    controls that lie low."""
    pictured_above = False
    """On a panel that lies, whether a picture stands above low controls; elsewhere the body reads there."""
    has_counter = True
    low_anyway = False
    """True for pages that are read: the few things to press on them lie low as they are."""
    whole_width = False
    """True for pages whose body takes the whole width of a panel that lies."""
    lead: Label | None = None
    """The line under the title, on pages that set it in the usual place."""

    def __init__(
        self, parent: QWidget, theme: Theme, frame: Frame, view: ScreenView, body: BodyT, context: Context
    ) -> None:
        super().__init__(parent, theme)
        self.frame = frame
        self.view = view
        self.body = body
        self.context = context
        self.clocks: list[Label] = []
        self._was_painted = False
        self._news: tuple[ScreenView, BodyT] | None = None
        self.squeezed = False
        """True when a list had to be set smaller or closer than it should be; larger type then gives way."""
        self.kept: dict[str, QWidget] = {}
        self._asked_for: set[str] = set()
        self.resize(theme.px(frame.width), theme.px(frame.height))
        self._lay_out()

    # ---- what the host does

    def render_view(self, view: ScreenView, body: BodyT) -> None:
        """Show newer values of the same page; what is being typed or drawn goes on."""
        self._news = None
        if view == self.view and body == self.body:
            return
        if self.refresh(view, body):
            return
        if any(part.held for part in self.findChildren(Pressable)):
            # What a device or the centre says must not take the key from under a finger.
            self._news = (view, body)
            return
        self._rebuild(view, body)

    def _catch_up(self) -> None:
        """The finger is gone: what was said meanwhile is shown."""
        if self._news is not None:
            self.render_view(*self._news)

    def _rebuild(self, view: ScreenView, body: BodyT) -> None:
        self._clear()
        self.view, self.body = view, body
        self._lay_out()
        self.update()

    def _clear(self) -> None:
        kept = set(self.kept.values())
        for child in self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            if child not in kept:
                let_go(child)
        self.painted.clear()
        self.clocks.clear()
        self._asked_for.clear()
        self.squeezed = False

    def _lay_out(self) -> None:
        """Build the page; where larger type has no room, less large. A page never grows again while it stands there."""
        first, fresh = self.theme.growth, not self.kept
        self._build()
        for growth in (share for share in _GROWTHS if share < first):
            if not self._crowded():
                break
            self._clear()
            if fresh:
                # Nobody has typed yet: the editors take the type of the page. Later they stay as they are.
                self._let_go_of_kept()
            self.theme = self.theme.grown(growth)
            self._build()
        for name in set(self.kept) - self._asked_for:
            let_go(self.kept.pop(name))

    def _let_go_of_kept(self) -> None:
        for widget in self.kept.values():
            let_go(widget)
        self.kept.clear()

    def _crowded(self) -> bool:
        """True when words are cut, set too close, or lie on other words or on a key."""
        if self.squeezed:
            return True
        children = self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        labels = [part for part in children if isinstance(part, Label)]
        asked = {self.kept[name] for name in self._asked_for}
        kept = set(self.kept.values())
        keys = [part for part in children if isinstance(part, Pressable) and (part not in kept or part in asked)]
        if any(label.clipped() or label.shortened() for label in labels) or any(key.clipped() for key in keys):
            return True
        words = [label.words_box() for label in labels if label.text()]
        faces = [part.text_box().translated(part.x(), part.y()) for part in keys if not isinstance(part, Hotspot)]
        return any(box.intersects(other) for at, box in enumerate(words) for other in (*words[at + 1 :], *faces))

    def keep(self, name: str, make: Callable[[], KeptT]) -> KeptT:
        """An editor that outlives rebuilding the page: the one of this name, or a new one."""
        self._asked_for.add(name)
        there = self.kept.get(name)
        if there is None:
            there = self.kept[name] = make()
        there.raise_()
        return there  # type: ignore[return-value]

    # ---- what a subclass does

    def fill(self, top: float) -> None:
        """Put the body on the page; ``top`` is where the heading ends."""
        raise NotImplementedError

    def refresh(self, view: ScreenView, body: BodyT) -> bool:
        """Show newer values of the same page without rebuilding; False when it has to be built anew."""
        return False

    def wipe(self) -> None:
        """Overwrite what editors hold, before the page goes."""

    # ---- building

    def _build(self) -> None:
        self.paint(self.paint_ground)
        if self.has_counter and (self.frame.beside or not self.bare()):
            self.paint(lambda painter: paint_counter(self, painter))
        self.strip()
        top = self.heading()
        self.fill(top)
        if self.has_counter:
            self.counter()
        self.rail()

    def paint_ground(self, painter: QPainter) -> None:
        """The ground of the whole page, tinted where reading stands beside what is touched."""
        painter.fillRect(QRectF(0, 0, self.frame.width, self.frame.height), self.theme.colour("paper"))
        column = self.frame.column
        if column.width:
            below = column.height if self.has_counter else self.frame.height
            painter.fillRect(QRectF(0, 0, column.width, below), self.theme.colour("counter"))
            if self.theme.contrast:
                painter.fillRect(QRectF(column.width - 3, 0, 3, below), self.theme.colour("band_line"))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The first time, the page is said to be painted."""
        if not self._was_painted:
            self._was_painted = True
            self.context.painted()
        super().paintEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Paper does nothing."""
        event.accept()

    # ---- where what is touched lies, and what belongs to it

    @property
    def reading_ground(self) -> str:
        """Colour under the heading."""
        return "counter" if self.frame.beside else "paper"

    @property
    def sky_ground(self) -> str:
        """Colour under the status strip, above what is touched."""
        return "counter" if self.frame.low else "paper"

    @property
    def left(self) -> float:
        """Left end of the touch zone."""
        return self.frame.touch.left

    @property
    def wide(self) -> float:
        """Width of the touch zone."""
        return self.frame.touch.width

    @property
    def right(self) -> float:
        """Right end of the touch zone."""
        return self.frame.touch.right

    @property
    def touch_top(self) -> float:
        """Nothing above this can be pressed."""
        return self.frame.touch.top

    @property
    def touch_bottom(self) -> float:
        """The body ends here."""
        return self.frame.touch.bottom

    @property
    def key_top(self) -> float:
        """Top of the counter's keys."""
        return self.frame.primary.top

    @property
    def next_zone(self) -> Zone:
        """Where the next step always is."""
        return self.frame.primary if self.view.back is not None else self.frame.only

    # ---- what can be pressed

    def add(self, part: Pressable, x: float, y: float, width: float, height: float, *, gated: bool = True) -> None:
        """Put something pressable on the page; a tap becomes ``Touched``."""
        if gated:
            part.set_gate(self.context.gate)
        part.tapped.connect(self.tapped)
        part.lifted.connect(self._catch_up)
        self.place(part, x, y, width, height)

    def tapped(self, name: str) -> None:
        """A control was pressed."""
        self.context.emit(Touched(name))

    def key(
        self,
        view: KeyView,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        look: FaceName | None = None,
        step: str = "key",
        small: bool = False,
        icon_px: float | None = None,
        gated: bool = True,
        default_icon: str | None = None,
        reason: str | None = None,
    ) -> Key:
        """A key from its view; its icon stands at the right when it shows a direction. ``reason`` is said on it."""
        icon_name = sign_of(view, default_icon)
        right = leads_on(icon_name)
        if look is None:
            look = "primary" if view.kind == "primary" else "quiet" if view.kind == "quiet" else "plain"
        face: FaceName = look

        def make() -> Key:
            made = Key(
                self,
                self.theme,
                view.name,
                view.label,
                look=face,
                step=step,
                icon_left=None if right else icon_name,
                icon_right=icon_name if right else None,
                icon_px=icon_px or (40 if small else 52),
                stroke=3.0 if small else 4.5,
                small=small,
                padding_px=SPACE_PX["small_key_padding" if small else "key_padding"],
                reason=reason,
            )
            made.setEnabled(view.enabled)
            self.add(made, x, y, width, height, gated=gated)
            return made

        # The same key outlives rebuilding the page: what a device says must not take it from under a finger.
        same = (view.name, view.label, view.icon, view.enabled, look, step, small, icon_px, reason, self.theme.growth)
        made = self.keep(f"key {same}", make)
        self.place(made, x, y, width, height)
        return made

    # ---- the chrome, where a page has its own

    dark = False
    """True for pages on the dark ground."""
    shows_clock = True
    has_staff_corner = False

    def strip(self) -> None:
        """Place, whose session it is, the time."""
        status_strip(self)

    def heading(self) -> float:
        """Progress, title and what belongs to it; gives back where what belongs to the body may begin."""
        return page_heading(self)

    def heading_end(self) -> float:
        """The heading ends above this: what a page needs between heading and controls comes off ``heading_room``."""
        reading = self.frame.reading
        if self.frame.beside:
            return reading.bottom
        return reading.bottom - (504 - self.heading_room) - (24 if self.frame.low else 0)

    def title_width(self) -> float:
        """Width of the title and of the line under it."""
        return self.frame.reading.width

    def foot(self, top: float) -> None:
        """What stands at the foot of the reading column, below ``top``: a picture, where there is room."""
        foot_scene(self, top)

    def bare(self) -> bool:
        """True when the page has nothing to go on or back to, and leaves the counter's room to its body."""
        return False

    def counter(self) -> None:
        """Back at the left, the one primary at the right."""
        counter_keys(self)

    def rail(self) -> None:
        """The machine's own keys."""
        rail_keys(self, self.view.rail)

    def time_text(self) -> str:
        """The time of day as it is shown."""
        return f"{self.context.now():%H:%M}"

    def tick(self) -> None:
        """The minute may have changed."""
        for clock in self.clocks:
            clock.set_text(self.time_text())
