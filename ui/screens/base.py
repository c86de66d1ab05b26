"""One screen: the chrome every page has (status strip, progress, heading, counter, rail) and room for a body.

A screen is passive: it is given a :class:`kiosk.flow.view.ScreenView`, paints it, and hands
:class:`kiosk.flow.events` values to ``emit``. Each body type has one subclass; it fills the room between the heading
and the counter. Coordinates are design pixels; where the zones are is told by :class:`ui.kit.frame.Frame`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, TypeVar

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from kiosk.flow.events import Touched, UiEvent
from kiosk.flow.view import Key as KeyView
from kiosk.flow.view import Notice, ScreenView
from ui.kit.controls import TouchGate, let_go
from ui.kit.frame import STRIP_HEIGHT, Frame, Zone
from ui.kit.icons import icon, known_icon, paint_logo
from ui.kit.keys import Hotspot, Key, Pressable, RailKey
from ui.kit.label import Label
from ui.kit.paint import FaceName, draw_icon, paint_card, paint_house_mark
from ui.kit.progress import BusyBar, paint_progress
from ui.kit.scenes import FOOT_SHAPE, STREET_SIZE, scene
from ui.kit.text import Align, SetText, fit_text, set_text, text_width, tight_line, whole_words
from ui.kit.theme import Theme
from ui.kit.tokens import SPACE_PX
from ui.kit.words import word

BodyT = TypeVar("BodyT")
KeptT = TypeVar("KeptT", bound=QWidget)

_NAME_ICONS: Final = {
    "action.help": "bell",
    "action.language": "globe",
    "action.exit": "exit",
    "action.home": "house",
    "action.back": "back",
    "action.reprint": "printer",
    "action.skip": "cross",
    "action.search": "search",
    "action.retry": "reload",
    "action.leave": "exit",
    "method.id_card": "id_card",
    "method.citizen_qr": "qr",
    "page.previous": "chevron_up",
    "page.following": "chevron_down",
}
_RIGHT_ICONS: Final = frozenset({"forward", "next", "tick", "check", "reload", "refresh", "arrow_down", "down"})


@dataclass(frozen=True, slots=True)
class Context:
    """What a screen needs besides its view: where events go, the gate for presses, the time of day."""

    emit: Callable[[UiEvent], None]
    gate: TouchGate
    now: Callable[[], datetime]
    painted: Callable[[], None] = lambda: None


_HEADING_SIZES: Final = (
    ("hero", "lead", "body"),
    ("title", "lead", "body"),
    ("key_large", "lead", "body"),
    ("key_large", "body", "small"),
    ("key", "body", "small"),
    ("key", "small", "caption"),
    ("lead", "small", "caption"),
    ("body", "caption", "caption"),
)


_TITLES: Final = frozenset({"hero", "title", "key_large", "key"})
_GROWTHS: Final = (1.0, 0.8, 0.6, 0.4, 0.2, 0.0)
"""Shares of what larger type adds to the sizes that a page tries until its words have room."""


class Screen(QWidget, Generic[BodyT]):
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
        super().__init__(parent)
        self.theme = theme
        self.frame = frame
        self.view = view
        self.body = body
        self.context = context
        self.clocks: list[Label] = []
        self.painted: list[Callable[[QPainter], None]] = []
        self._was_painted = False
        self._news: tuple[ScreenView, BodyT] | None = None
        self.squeezed = False
        """True when a list had to be set smaller or closer than it should be; larger type then gives way."""
        self.kept: dict[str, QWidget] = {}
        self._asked_for: set[str] = set()
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
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

    # ---- painting

    def _build(self) -> None:
        self.paint(self.paint_ground)
        if self.has_counter and (self.frame.beside or not self._bare()):
            self.paint(self._paint_counter)
        self.strip()
        top = self.heading()
        self.fill(top)
        if self.has_counter:
            self.counter()
        self.rail()

    def paint(self, draw: Callable[[QPainter], None]) -> None:
        """Add something flat to what is painted under the widgets; the painter works in design pixels."""
        self.painted.append(draw)

    def paint_ground(self, painter: QPainter) -> None:
        """The ground of the whole page, tinted where reading stands beside what is touched."""
        painter.fillRect(QRectF(0, 0, self.frame.width, self.frame.height), self.theme.colour("paper"))
        column = self.frame.column
        if column.width:
            below = column.height if self.has_counter else self.frame.height
            painter.fillRect(QRectF(0, 0, column.width, below), self.theme.colour("counter"))
            if self.theme.contrast:
                painter.fillRect(QRectF(column.width - 3, 0, 3, below), self.theme.colour("band_line"))

    @property
    def reading_ground(self) -> str:
        """Colour under the heading."""
        return "counter" if self.frame.beside else "paper"

    @property
    def sky_ground(self) -> str:
        """Colour under the status strip, above what is touched."""
        return "counter" if self.frame.low else "paper"

    # Where what is touched lies, and what belongs to it.

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

    def _bare(self) -> bool:
        """True when the page has nothing to go on or back to, and leaves the counter's room to its body."""
        return False

    def _paint_counter(self, painter: QPainter) -> None:
        band = self.frame.counter
        painter.fillRect(QRectF(band.left, band.top, band.width, band.height), self.theme.colour("counter"))
        painter.fillRect(QRectF(band.left, band.top, band.width, 3), self.theme.colour("band_line"))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the flat things in the order they were added."""
        if not self._was_painted:
            self._was_painted = True
            self.context.painted()
        painter = QPainter(self)
        painter.setClipRect(event.rect())
        painter.scale(self.theme.scale, self.theme.scale)
        for draw in self.painted:
            painter.save()
            draw(painter)
            painter.restore()

    @property
    def _unscaled(self) -> Theme:
        return self.theme.unscaled()

    def card(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: str = "surface",
        line: str | None = "line",
        radius: float = 24,
        line_px: float = 2,
    ) -> None:
        """A flat card."""
        box, theme = QRectF(x, y, width, height), self._unscaled
        self.paint(lambda painter: paint_card(painter, theme, box, fill, line, radius_px=radius, line_px=line_px))

    def band(self, card: tuple[float, float, float, float], y: float, height: float, fill: str) -> None:
        """A coloured row of a card (x, y, width, height), cut to the card's round corners."""
        x, top, width, tall = card

        def draw(painter: QPainter) -> None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            shape, row = QPainterPath(), QPainterPath()
            shape.addRoundedRect(QRectF(x + 2, top + 2, width - 4, tall - 4), 22, 22)
            row.addRect(QRectF(x, y, width, height))
            painter.fillPath(shape.intersected(row), self.theme.colour(fill))

        self.paint(draw)

    def rule(self, x: float, y: float, width: float, *, colour: str = "line", height: float = 2) -> None:
        """A horizontal line."""
        self.paint(lambda painter: painter.fillRect(QRectF(x, y, width, height), self.theme.colour(colour)))

    def picture(self, pixmap: QPixmap, x: float, y: float) -> None:
        """A pixmap in window pixels with its corner at a design position."""
        scale = self.theme.scale

        def draw(painter: QPainter) -> None:
            painter.resetTransform()
            draw_icon(painter, pixmap, x * scale, y * scale)

        self.paint(draw)

    def icon_at(
        self,
        name: str,
        x: float,
        y: float,
        size: float,
        *,
        line: str = "icon_line",
        tint: str = "icon_tint",
        stroke: float = 3.0,
        paper: str = "surface",
    ) -> None:
        """An icon; ``line``, ``tint`` and ``paper`` are colour tokens, ``#RRGGBB`` or ``none``."""
        c = self.theme

        def value(token: str) -> str:
            return token if token == "none" else c.hex(token)

        pixmap = icon(name, c.px(size), value(line), value(tint), stroke=stroke, paper=value(paper))
        self.picture(pixmap, x, y)

    # ---- widgets

    def place(self, widget: QWidget, x: float, y: float, width: float, height: float) -> None:
        """Give a widget its design rectangle and show it."""
        widget.setGeometry(self.theme.rect(x, y, width, height))
        widget.show()

    def label(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        text: str,
        step: str = "body",
        *,
        bold: bool | None = None,
        colour: str = "ink",
        ground: str = "paper",
        align: Align = "left",
        middle: bool = False,
        max_lines: int | None = None,
        balance: bool = False,
        tight: bool = False,
        elide: bool = False,
        modest: bool = False,
    ) -> Label:
        """Plain text in a box."""
        made = Label(
            self,
            self.theme,
            text,
            step,
            bold=bold,
            colour=colour,
            ground=ground,
            align=align,
            middle=middle,
            max_lines=max_lines,
            balance=balance,
            tight=tight,
            elide=elide,
            modest=modest,
        )
        self.place(made, x, y, width, height)
        return made

    def height_of(
        self,
        text: str,
        step: str,
        width: float,
        *,
        bold: bool | None = None,
        balance: bool = False,
        tight: bool = False,
    ) -> float:
        """Design height of a text in one size."""
        line = tight_line(self.theme, step) if tight else None
        set_ = set_text(
            text, self.theme, step, width * self.theme.scale, bold=bold, balance=balance, line_height_px=line
        )
        return set_.height_px / self.theme.scale

    def width_of(self, text: str, step: str, *, bold: bool | None = None) -> float:
        """Design width of a line."""
        return text_width(text, self.theme, step, bold=bold) / self.theme.scale

    def step_for(
        self,
        texts: Sequence[str],
        steps: Sequence[str],
        width: float,
        height: float,
        *,
        bold: bool | None = None,
        max_lines: int | None = None,
    ) -> str:
        """The first size in which each of the texts fits a box; the last when none does."""
        scale = self.theme.scale
        for step in steps:
            if all(
                fit_text(
                    text, self.theme, step, width * scale, height * scale, bold=bold, max_lines=max_lines, smallest=step
                ).fits
                for text in texts
            ):
                return step
        return steps[-1]

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
    ) -> Key:
        """A key from its view; the icon stands right of the label when it shows a direction."""
        icon_name = known_icon(view.icon, default_icon or _NAME_ICONS.get(view.name))
        right = icon_name in _RIGHT_ICONS
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
            )
            made.setEnabled(view.enabled)
            self.add(made, x, y, width, height, gated=gated)
            return made

        # The same key outlives rebuilding the page: what a device says must not take it from under a finger.
        same = (view.name, view.label, view.icon, view.enabled, look, step, small, icon_px, self.theme.growth)
        made = self.keep(f"key {same}", make)
        self.place(made, x, y, width, height)
        return made

    # ---- the chrome

    def strip(self) -> None:
        """Place, whose session it is, the time; beside each other the place stands over the reading column."""
        view, left, beside = self.view, self.frame.reading.left, self.frame.beside
        dark = self.theme.on_dark() if self.dark else self.theme
        mark = ("#DCEAE5", "#0B3536") if self.dark else (self.theme.hex("primary"), self.theme.hex("paper"))
        if self.theme.contrast:
            mark = (self.theme.hex("ink"), self.theme.hex("paper"))

        def sign(painter: QPainter) -> None:
            if not paint_logo(painter, left, 32, 56):
                paint_house_mark(painter, left, 32, 56, *mark)

        self.paint(sign)
        ground = "paper" if self.dark else self.sky_ground
        ink = "#FFFFFF" if self.dark else "ink"
        end = right = self.frame.touch.right
        if self.shows_clock:
            room = max(130.0, self.width_of("00:00", "body", bold=True) + 6)
            clock = Label(
                self, dark, self._time(), "body", bold=True, colour=ink, ground=ground, align="right", middle=True
            )
            self.place(clock, end - room, 24, room, 72)
            self.clocks.append(clock)
            right = end - room - 16
        who = 0.0
        if view.who:
            who = min(360.0, self.width_of(view.who, "caption", bold=True) + 20 + 36 + 12 + 20)
            if view.strip and not self._strip_fits(view.strip, right - who - 20):
                who = 0.0  # what everybody has to know goes before whose visit it is
        if view.who and who:
            self.card(right - who, 32, who, 56, fill="info_fill", line=None, radius=28)
            self.icon_at("id_card", right - who + 20, 42, 36, tint="surface")
            self.label(
                right - who + 68, 32, who - 84, 56, view.who, "caption",
                bold=True, colour="info_text", ground="info_fill", middle=True, max_lines=1, modest=True,
            )  # fmt: skip
            right -= who + 20
        if view.strip:
            self._strip_sentence(view.strip, right)
        if beside or not view.strip:
            if beside and not self.dark:
                ground = self.reading_ground
            narrow = beside and self.shows_clock
            room = (self.frame.reading.right if narrow else right - 12) - left - 76
            place = Label(
                self, dark, view.place, "small", bold=True, colour=ink, ground=ground, middle=True, max_lines=2,
                tight=True, modest=True,
            )  # fmt: skip
            self.place(place, left + 76, 12, room, 96)
        if self.has_staff_corner:
            spot = Hotspot(self, self.theme, "staff.corner", word("staff_corner", view.language), "ink", "paper")
            self.add(spot, left - 16, 16, 88, 88, gated=False)

    def _strip_left(self) -> float:
        return self.left if self.frame.beside else self.frame.reading.left + 76

    def _strip_room(self, right: float) -> float:
        return right - 12 - self._strip_left() - 76 - 20

    def _strip_fits(self, text: str, right: float) -> bool:
        return self._caption_lines(text, self._strip_room(right)) <= 2

    def _caption_lines(self, text: str, width: float) -> int:
        """Lines a small bold text takes in a column."""
        return len(set_text(text, self.theme, "caption", width * self.theme.scale, bold=True).lines)

    def _strip_sentence(self, text: str, right: float) -> None:
        """What the machine has to say to whoever stands before it, in the place of its own name."""
        room, left = self._strip_room(right), self._strip_left()
        step = self.step_for([text], ("small", "caption"), room, 72, bold=True, max_lines=1)
        lines = self._caption_lines(text, room)
        width = 76 + (min(room, self.width_of(text, step, bold=True) + 4) if lines < 2 else room) + 20
        self.card(left, 16, width, 88, fill="caution_fill", line=None, radius=20)
        self.icon_at("power", left + 18, 38, 44, line="caution", tint="surface", stroke=3.2)
        self.label(
            left + 76, 17, width - 96, 86, text, step if lines < 2 else "small", bold=True, colour="caution",
            ground="caution_fill", middle=True, max_lines=2, tight=True, modest=True,
        )  # fmt: skip

    dark = False
    shows_clock = True
    has_staff_corner = False

    def _time(self) -> str:
        return f"{self.context.now():%H:%M}"

    def tick(self) -> None:
        """The minute may have changed."""
        for clock in self.clocks:
            clock.set_text(self._time())

    def heading(self) -> float:
        """Progress, kicker, title, lead, reason and notice, and the picture in the room they leave; gives back where
        what belongs to the body may begin."""
        view = self.view
        title_step = self.title_step or ("title" if view.progress or view.kicker else "hero")
        first = next(n for n, size in enumerate(_HEADING_SIZES) if size[0] == title_step)
        sizes = _HEADING_SIZES[first:]
        end = self._heading_end()
        least = STRIP_HEIGHT + 32
        room = end - least
        if self.frame.low and not self.frame.beside:
            room = min(room, self.heading_room)
        at = next((at for at, size in enumerate(sizes) if self._heading_fits(size, room)), len(sizes) - 1)
        # Chinese has no spaces to break at: a title somewhat smaller is better than one that is cut inside a word.
        smaller = range(at, min(at + 4, len(sizes)))
        at = next((n for n in smaller if sizes[n][0] in _TITLES and self._whole_words(sizes[n][0])), at)
        y = max(least, min(self.frame.reading.top, end - self._heading_height(sizes[at])))
        if self.frame.low and not self.frame.beside:
            self._sky(QRectF(0, 0, self.frame.width, y - 36))
        if view.progress is not None:
            self._progress(y)
        bottom = self._set_heading(sizes[at], y + self._above_title())
        if not self.frame.beside:
            return bottom
        if self.frame.low:
            self._sky(QRectF(self.frame.scene.left, 0, self.frame.scene.width, self.frame.scene.bottom))
        if not (self.frame.low and self.scenic and self.pictured_above):
            self._foot(bottom)
        # Beside each other: what belongs to the body begins at the top of its own column.
        return self.frame.reading.top - 24

    def _heading_end(self) -> float:
        """The heading ends above this: what a page needs between heading and controls comes off ``heading_room``."""
        reading = self.frame.reading
        if self.frame.beside:
            return reading.bottom
        return reading.bottom - (504 - self.heading_room) - (24 if self.frame.low else 0)

    def _above_title(self) -> float:
        """Height of the progress, and what a kicker goes up when there is none."""
        if self.view.progress is not None:
            return 112.0 + (52 if self._progress_in_two() else 0)
        return -16.0 if self.view.kicker else 0.0

    def _progress_in_two(self) -> bool:
        """Whether large type has no room for item and count beside each other in the reading column."""
        progress = self.view.progress
        if progress is None or not (self.theme.large and self.frame.beside):
            return False
        words = self.width_of(progress.item, "small") + self.width_of(progress.label, "small", bold=True)
        return words + 32 > self.frame.reading.width

    def _heading_height(self, size: tuple[str, str, str]) -> float:
        parts = self._parts(size, self._above_title())
        return parts[-1][1] + parts[-1][2] if parts else 0.0

    def _sky(self, box: QRectF) -> None:
        """The tinted ground above controls that lie low, with the picture when the page leaves room for it."""
        theme = self.theme
        pictured = self.scenic and (self.pictured_above or not self.frame.beside)
        if not pictured:
            box.setHeight(STRIP_HEIGHT + 12)

        def draw(painter: QPainter) -> None:
            painter.fillRect(box, theme.colour("counter"))
            painter.fillRect(QRectF(box.left(), box.bottom() - 3, box.width(), 3), theme.colour("band_line"))

        self.painted.insert(1, draw)
        share = min(1.0, (box.height() - STRIP_HEIGHT) / STREET_SIZE[1])
        if pictured and share > 0.5:
            tall = STREET_SIZE[1] * share
            street = scene("street", theme.px(STREET_SIZE[0] * share), theme.px(tall), theme.contrast)
            wide = min(street.width(), theme.px(box.width()))
            self.picture(street.copy(street.width() - wide, 0, wide, street.height()),
                         box.right() - wide / theme.scale, box.bottom() - tall)  # fmt: skip

    def _foot(self, top: float) -> None:
        """The picture at the foot of the reading column, when heading and body leave room for it."""
        column = self.frame.column
        tall = column.width * FOOT_SHAPE
        free = self._heading_end() >= self.frame.reading.bottom
        bottom = column.height if self.has_counter else self.frame.height
        if self.scenic and free and top + 32 <= bottom - tall:
            size = self.theme.rect(0, 0, column.width, tall).size()
            picture = scene("foot", size.width(), size.height(), self.theme.contrast)
            self.picture(picture, 0, bottom - tall)

    def _whole_words(self, step: str) -> bool:
        return whole_words(self._broken_title(step).lines)

    def _broken_title(self, step: str) -> SetText:
        width = self._title_width() * self.theme.scale
        return set_text(self.view.title, self.theme, step, width, bold=True, balance=True)

    def _kicker_step(self) -> str:
        return self.step_for([self.view.kicker or ""], ("small", "caption"), self._title_width(), 80, max_lines=1)

    def _title_width(self) -> float:
        return self.frame.reading.width

    def _parts(self, size: tuple[str, str, str], y: float) -> list[tuple[str, float, float]]:
        """Name, top and height of each part of the heading in these sizes."""
        view, parts = self.view, []
        title, lead, body = size
        if view.kicker:
            height = max(44.0, self.height_of(view.kicker, self._kicker_step(), self._title_width(), tight=True))
            parts.append(("kicker", y, height))
            y += height + 2
        if view.title:
            height = self.height_of(view.title, title, self._title_width(), bold=True, balance=True)
            parts.append(("title", y, height))
            y += height
        if view.lead:
            height = self.height_of(view.lead, lead, self._title_width(), bold=False)
            parts.append(("lead", y + 8, height))
            y += 8 + height
        if view.why:
            height = self.height_of(view.why, body, self.frame.reading.width - 64, bold=False)
            parts.append(("why", y + 20, height))
            y += 20 + height
        if view.notice is not None:
            height = self.notice_height(view.notice, self.frame.reading.width, body)
            parts.append(("notice", y + 24, height))
            y += 24 + height
        return parts

    def _heading_fits(self, size: tuple[str, str, str], room: float) -> bool:
        title = self._broken_title(size[0])
        longest = max((self.width_of(word, size[0], bold=True) for word in self.view.title.split()), default=0.0)
        whole = any(ord(c) >= 0x2E80 for c in self.view.title) or longest <= self._title_width()
        lines = self.title_lines + (1 if self.frame.beside else 0)
        return len(title.lines) <= lines and whole and self._heading_height(size) <= room

    def _set_heading(self, size: tuple[str, str, str], y: float) -> float:
        view, width, ground = self.view, self._title_width(), self.reading_ground
        left, wide = self.frame.reading.left, self.frame.reading.width
        bottom = y
        for name, top, height in self._parts(size, y):
            bottom = top + height
            if name == "kicker":
                self.label(left, top, width, height, view.kicker or "", self._kicker_step(), colour="ink_secondary",
                           ground=ground, tight=True)  # fmt: skip
            elif name == "title":
                self.label(left, top, width, height, view.title, size[0], bold=True, ground=ground, balance=True)
            elif name == "lead":
                self.lead = self.label(
                    left, top, width, height, view.lead or "", size[1], bold=False, colour="ink_secondary",
                    ground=ground,
                )  # fmt: skip
            elif name == "why":
                self.icon_at("info", left, top + 4, 44)
                self.label(
                    left + 64, top, wide - 64, height, view.why or "", size[2], bold=False, colour="ink_secondary",
                    ground=ground,
                )  # fmt: skip
            elif view.notice is not None:
                self.notice(view.notice, left, top, wide, height, size[2])
        return bottom

    def _progress(self, top: float) -> None:
        progress = self.view.progress
        assert progress is not None
        theme, zone, ground = self._unscaled, self.frame.reading, self.reading_ground
        two = self._progress_in_two()
        most = zone.width if two else zone.width * 0.44 if not self.frame.beside else zone.width * 0.6
        step = self.step_for([progress.label], ("small", "caption"), most, 60, bold=True, max_lines=1)
        right = self.width_of(progress.label, step, bold=True) + 4
        self.label(
            zone.left, top - 10, zone.width if two else zone.width - right - 24, 60, progress.item, "small",
            colour="ink_secondary", ground=ground, middle=True, max_lines=1, tight=True, elide=True, modest=True,
        )  # fmt: skip
        top += 52 if two else 0
        self.label(
            zone.left if two else zone.right - right, top - 10, right, 60, progress.label, step, bold=True,
            ground=ground, align="left" if two else "right", middle=True, max_lines=1, tight=True, modest=True,
        )  # fmt: skip
        box = QRectF(zone.left, top + 56, zone.width, 16)
        self.paint(lambda painter: paint_progress(painter, theme, box, progress.now, progress.total))

    # ---- notices

    def _notice_room(self, notice: Notice, width: float) -> float:
        """Width of a notice's words in a column; a narrow one has a smaller sign."""
        if width < 480:
            return width - 88 - 20
        return width - 24 - 72 - 24 - 28 - (72 if notice.tone == "guide" else 0)

    def notice_height(self, notice: Notice, width: float, step: str = "body") -> float:
        """Design height of a notice in a column."""
        room = self._notice_room(notice, width)
        height = self.height_of(notice.title, step, room, bold=True)
        if notice.text:
            height += self.height_of(notice.text, step, room, bold=False)
        return max(104.0, height + 32)

    def notice(self, notice: Notice, x: float, y: float, width: float, height: float, step: str = "body") -> None:
        """A flat box: icon, bold fact, plain consequence."""
        fill, ink, disc, on_disc = {
            "caution": ("caution_fill", "caution", "caution", "on_caution"),
            "guide": ("guide_fill", "on_guide", "none", "on_guide"),
            "done": ("info_fill", "ink", "primary", "on_primary"),
            "info": ("info_fill", "ink", "none", "icon_line"),
        }[notice.tone]
        default = {"caution": "warning", "guide": "hand", "done": "tick", "info": "info"}[notice.tone]
        name = known_icon(notice.icon, default) or default
        self.card(x, y, width, height, fill=fill, line=ink if self.theme.contrast else None)
        middle, narrow = y + height / 2, width < 480
        size, inset = (52.0, 18.0) if narrow else (72.0, 24.0)
        if disc != "none":
            self.card(x + inset, middle - size / 2, size, size, fill=disc, line=None, radius=size / 2)
            small = size * 0.61
            self.icon_at(name, x + inset + (size - small) / 2, middle - small / 2, small, line=on_disc, tint="none",
                         stroke=4, paper=disc)  # fmt: skip
        else:
            tint = "guide_tint" if notice.tone == "guide" else "surface"
            small = 52.0 if narrow else 64.0
            self.icon_at(name, x + (18 if narrow else 28), middle - small / 2, small, line=on_disc, tint=tint)
        left, room = x + (88 if narrow else 120), self._notice_room(notice, width)
        if notice.tone == "guide" and not narrow:
            self.icon_at("arrow_down", x + width - 96, middle - 32, 64, line="on_guide", tint="none", stroke=4.5)
        title = self.height_of(notice.title, step, room, bold=True)
        text = self.height_of(notice.text, step, room, bold=False) if notice.text else 0.0
        top = middle - (title + text) / 2
        self.label(left, top, room, title, notice.title, step, bold=True, colour=ink, ground=fill)
        if notice.text:
            self.label(left, top + title, room, text, notice.text, step, bold=False, colour=ink, ground=fill)

    def error_line(self, text: str, bottom: float, *, x: float | None = None, width: float | None = None) -> float:
        """What is wrong and what right looks like, ending at ``bottom``; gives back where it starts."""
        x = self.left if x is None else x
        width = self.wide if width is None else width
        height = self.height_of(text, "small", width - 56, bold=True)
        top = bottom - height
        self.icon_at("error", x, top + 2, 40, line="caution", tint="caution_fill", stroke=3.5)
        self.label(x + 56, top, width - 56, height, text, "small", bold=True, colour="caution")
        return top

    # ---- counter and rail

    def counter(self) -> None:
        """Back at the left, the one primary at the right, and why it cannot be pressed when it cannot."""
        view = self.view
        why = view.primary.why_disabled if view.primary is not None and not view.primary.enabled else None
        # Where the counter has no line of its own for the reason, the keys leave it one.
        height = self.frame.primary.height - (36 if why and self.frame.beside else 0)
        if view.back is not None:
            zone = self.frame.back
            self.key(view.back, zone.left, zone.top, zone.width, height, look="plain")
        if view.primary is not None:
            zone = self.next_zone
            x, width = zone.left, zone.width
            default = "forward" if view.primary.name in ("action.next", "action.start") else None
            self.key(view.primary, x, zone.top, width, height, look="primary", default_icon=default)
            if why:
                below = zone.top + height + 1
                if self.width_of(why, "caption", bold=True) > width:
                    x, width = self.frame.counter.left + 24, self.frame.counter.width - 48
                self.label(
                    x,
                    below,
                    width,
                    min(52, self.frame.counter.bottom - below),
                    why,
                    "small",
                    bold=True,
                    colour="ink_secondary",
                    ground="counter",
                    align="center",
                    middle=True,
                    max_lines=1,
                    tight=True,
                )

    def slot_panel(self, text: str, sign: str = "arrow_down") -> None:
        """The amber panel in the place of the primary: the next step is made with the hand, on the machine.

        ``sign`` stands left of the words; right of them the arrow points where the guide light burns.
        """
        x, top, width = self.next_zone.left, self.next_zone.top, self.next_zone.width
        self.card(x, top, width, 144, fill="guide_fill", line=None)
        room = width - 2 * (36 + 68 + 24)
        step = self.step_for([text], ("key", "lead", "body"), room, 140, bold=True, max_lines=1)
        if self.width_of(text, step, bold=True) > room:
            step = self.step_for([text], ("lead", "body", "small"), room, 140, bold=True, max_lines=2)
        height = self.height_of(text, step, room, bold=True)
        extent = min(room, self.width_of(text, step, bold=True))
        middle = x + width / 2
        for name, left in ((sign, middle - extent / 2 - 32 - 68), ("arrow_down", middle + extent / 2 + 32)):
            arrow = name == "arrow_down"
            self.icon_at(name, left, top + 38, 68, line="on_guide", tint="none" if arrow else "guide_tint",
                         stroke=5.5 if arrow else 3)  # fmt: skip
        self.label(
            middle - room / 2, top + 72 - height / 2, room, height, text, step,
            bold=True, colour="on_guide", ground="guide_fill", align="center",
        )  # fmt: skip

    def busy_panel(self, text: str) -> None:
        """A flat panel in the place of the primary: what is under way, over a bar."""
        x, top, width = self.next_zone.left, self.next_zone.top, self.next_zone.width
        self.card(x, top, width, 144, fill="surface_quiet", line="primary", line_px=3)
        step = self.step_for([text], ("key", "lead", "body", "small"), width - 64, 96, bold=True, max_lines=2)
        self.label(
            x + 32, top + 8, width - 64, 96, text, step,
            bold=True, colour="accent_text", ground="surface_quiet", align="center", middle=True, max_lines=2,
            tight=True,
        )  # fmt: skip
        bar = self.keep("busy", lambda: BusyBar(self, self.theme))
        self.place(bar, x + 40, top + 108, width - 80, 16)

    def rail(self) -> None:
        """The machine's own keys: five at most, on the dark band."""
        keys, band = self.view.rail[:5], self.frame.rail
        if not keys and not self.has_counter:
            return
        self.paint(self._paint_rail)
        if not keys:
            return
        width = (band.width - 80 - 10 * (len(keys) - 1)) / len(keys)
        top = band.top + (band.height - 144) / 2
        beside = all(RailKey.words_beside(self.theme, view.label, width) for view in keys)
        for number, view in enumerate(keys):
            x = band.left + 40 + number * (width + 10)
            self._rail_key(view, x, top, width, beside=beside)
            if number:
                self.rule(x - 6, top + 40, 2, colour="rail_divider", height=64)

    def _paint_rail(self, painter: QPainter) -> None:
        band = self.frame.rail
        painter.fillRect(QRectF(band.left, band.top, band.width, band.height), self.theme.colour("rail"))
        if self.theme.contrast:
            painter.fillRect(QRectF(band.left, band.top, band.width, 3), self.theme.colour("band_line"))

    def _rail_key(self, view: KeyView, x: float, top: float, width: float, *, beside: bool) -> None:
        def make() -> RailKey:
            sign = known_icon(view.icon, _NAME_ICONS.get(view.name))
            part = RailKey(self, self.theme, view.name, view.label, sign, beside=beside)
            part.setEnabled(view.enabled)
            self.add(part, x, top, width, 144)
            return part

        same = (view.name, view.label, view.icon, view.enabled, self.theme.growth)
        self.place(self.keep(f"rail {same}", make), x, top, width, 144)

    # ---- hands

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Paper does nothing."""
        event.accept()
