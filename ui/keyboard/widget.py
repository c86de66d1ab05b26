"""The docked keyboard: mode strip, candidate strip, keys. It owns the text of one field and says when it changed.

The widget has no input focus and does no input or output of its own: a finger on a key, or
:meth:`KeyboardWidget.set_text`, are the only ways in; ``text_changed`` (all settled text) and ``composing_changed``
(pinyin under way) the only ways out. It fills whatever rectangle it is given: 952 x 620 design pixels is the least at
which every key is 19 mm, 1032 x 728 is the size of the drawing.
"""

from __future__ import annotations

from typing import Final, Literal, Protocol, cast

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from kiosk.texts import say
from ui.keyboard import rime
from ui.keyboard.composer import Composer
from ui.keyboard.keys import KeyCap, Strip, StripCell
from ui.keyboard.layout import (
    MODE_LABELS,
    MODES,
    PADS,
    Box,
    KeyboardKind,
    KeySpec,
    Mode,
    Zones,
    place,
    rows_of,
    zones,
)
from ui.kit.theme import Theme

WIDTH_PX: Final = 952
HEIGHT_PX: Final = 620
MAX_CANDIDATE_CELLS: Final = 7
MAX_LETTERS: Final = 60
"""Letters of one composition; more would only hide what was typed."""

ENGINE_POLL_MS: Final = 100


class PinyinSource(Protocol):
    """Where compositions come from; :mod:`ui.keyboard.rime` is one."""

    def state(self) -> rime.State:
        """Whether pinyin can be typed now."""

    def composer(self) -> Composer | None:
        """A new composition, or None."""


class KeyboardWidget(QWidget):
    """See the module. ``engine`` is for tests; by default the one that :func:`ui.keyboard.rime.prepare` started."""

    text_changed = Signal(str)
    """All settled text of the field, after every change a key made."""
    composing_changed = Signal(str)
    """What is being composed (``yang'guang``), "" when nothing is."""

    def __init__(self, parent: QWidget | None, theme: Theme, engine: PinyinSource | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._engine: PinyinSource = engine if engine is not None else rime
        self._composer: Composer | None = None
        self._kind: KeyboardKind = "zh"
        self._language = "zh-Hans"
        self._mode: Mode = self._first_mode()
        self._multiline = False
        self._upper = False
        self._text = ""
        self._limit = 100
        self._composing = ""
        self._page_starts: list[int] = [0]
        self._shown: tuple[str, ...] = ()
        self._caps: dict[str, KeyCap] = {}
        self._modes = Strip(self, theme, selected_as="primary", step="body")
        self._candidates = Strip(self, theme, selected_as="tint", step="lead")
        self._mode_cells = {mode: self._mode_cell(mode) for mode in cast("tuple[Mode, ...]", ("zh", "abc", "123"))}
        self._candidate_cells = [self._candidate_cell(number) for number in range(MAX_CANDIDATE_CELLS)]
        self._earlier = self._pager_cell("previous", "left")
        self._later = self._pager_cell("next", "right")
        self._poll = QTimer(self)
        self._poll.setInterval(ENGINE_POLL_MS)
        self._poll.timeout.connect(self._look_for_engine)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.resize(self.sizeHint())
        self._look_for_engine()
        self._rebuild()

    # ---- what the screen says ------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """The least size at which every key is 19 mm."""
        return QSize(self._theme.px(WIDTH_PX), self._theme.px(HEIGHT_PX))

    def set_mode(self, kind: KeyboardKind, language: str) -> None:
        """What may be typed, and the language of the page. The same values again change nothing: pages render often."""
        if (kind, language) == (self._kind, self._language):
            return
        self.reset()
        self._kind, self._language = kind, language
        self._mode = self._first_mode()
        self._upper = False
        self._rebuild()

    def set_multiline(self, multiline: bool) -> None:
        """Long text has a line-feed key."""
        if multiline != self._multiline:
            self._multiline = multiline
            self._rebuild()

    def set_text(self, text: str) -> None:
        """The text the field holds; no signal. A different text than the keyboard's own ends the composition."""
        if text != self._text:
            self._text = text
            self.reset()

    def set_limit(self, max_length: int) -> None:
        """How many characters fit; a key that would go beyond types what still fits and the strip says so."""
        self._limit = max_length

    def reset(self) -> None:
        """Forget the composition (another field, another page, the end of a session)."""
        if self._composer is not None:
            self._composer.reset()
        self._after_composing()

    def settle(self) -> None:
        """End the composition by taking the first candidates, so that nothing visible is lost."""
        for _ in range(MAX_LETTERS):
            if not self._composing:
                return
            if not self._shown:
                break
            self._choose(0)
        self.reset()

    def text(self) -> str:
        """All settled text."""
        return self._text

    def mode(self) -> Mode:
        """The mode in use."""
        return self._mode

    def kind(self) -> KeyboardKind:
        """What may be typed."""
        return self._kind

    def composing(self) -> str:
        """The pinyin under way."""
        return self._composing

    def upper(self) -> bool:
        """True while the next letter is a capital."""
        return self._upper

    def chinese(self) -> bool:
        """True on a Chinese page: labels and signs are Chinese."""
        return self._language.startswith("zh")

    def pinyin_ready(self) -> bool:
        """True when Chinese can be typed now."""
        return self._kind == "zh" and self._composer is not None

    # ---- building ------------------------------------------------------------------------------------------------

    def _word(self, key: str) -> str:
        return say(self._language, f"keyboard.{key}")

    def _first_mode(self) -> Mode:
        modes = MODES[self._kind]
        if modes[0] == "zh" and (not self.chinese() or self._engine.state() == "missing"):
            return "abc"
        return modes[0]

    def _mode_cell(self, mode: Mode) -> StripCell:
        cell = StripCell(self._modes, f"key.mode.{mode}")
        cell.setText(MODE_LABELS[mode])
        cell.setAccessibleName(MODE_LABELS[mode])
        cell.strong = True
        cell.clicked.connect(lambda: self._switch(mode))
        return cell

    def _candidate_cell(self, number: int) -> StripCell:
        cell = StripCell(self._candidates, f"candidate.{number}")
        cell.clicked.connect(lambda: self._choose(number))
        return cell

    def _pager_cell(self, name: str, glyph: Literal["left", "right"]) -> StripCell:
        cell = StripCell(self._candidates, f"candidate.{name}")
        cell.glyph = glyph
        cell.clicked.connect(self._page_forward if name == "next" else self._page_back)
        return cell

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out again."""
        super().resizeEvent(event)
        self._rebuild()

    def _zones(self) -> Zones:
        scale = self._theme.scale
        return zones(self._kind, self.width() / scale, self.height() / scale)

    def _put(self, widget: QWidget, box: Box) -> None:
        scale = self._theme.scale
        area = QRectF(box.x * scale, box.y * scale, box.width * scale, box.height * scale)
        left, top = round(area.left()), round(area.top())
        widget.setGeometry(left, top, round(area.right()) - left, round(area.bottom()) - top)

    def _rebuild(self) -> None:
        """Put every key of the mode in its place; keys the mode does not have are hidden, none is made twice."""
        where = self._zones()
        self._lay_modes(where.modes)
        if where.candidates is not None:
            self._put(self._candidates, where.candidates)
        else:
            self._candidates.hide()
        used: set[str] = set()
        rows = rows_of(self._mode, chinese=self.chinese(), multiline=self._multiline, upper=self._upper)
        for row, area in zip(rows, where.rows, strict=True):
            for key, box in place(row, area):
                if not key.name:
                    continue
                cap = self._cap(key)
                self._put(cap, box)
                cap.show()
                used.add(key.name)
        for name, cap in self._caps.items():
            if name not in used:
                cap.hide()
        self._show_candidates()

    def _cap(self, key: KeySpec) -> KeyCap:
        cap = self._caps.get(key.name)
        if cap is None:
            cap = KeyCap(self, self._theme, f"key.{key.name}")
            self._caps[key.name] = cap
            cap.clicked.connect(lambda: self._pressed(key.name))
            cap.held.connect(self._let_go)
            if key.name == "delete":
                cap.setAutoRepeat(True)
                cap.setAutoRepeatDelay(600)
                cap.setAutoRepeatInterval(120)
        cap.types = key.types
        pad = self._mode in PADS
        if key.name == "delete":
            cap.show_as("", glyph="delete", fill="quiet", accessible=self._word("delete"))
        elif key.name == "shift":
            fill: Literal["selected", "quiet"] = "selected" if self._upper else "quiet"
            cap.show_as("", glyph="shift", fill=fill, accessible=self._word("shift"))
        elif key.name == "space":
            self._show_space(cap)
        elif key.look == "word":
            cap.show_as(self._word(key.name), step="body", fill="quiet")
        else:
            cap.show_as(key.label, step="key", bold=pad)
        return cap

    def _show_space(self, cap: KeyCap) -> None:
        if self._composing:
            cap.show_as(self._word("choose"), step="lead", bold=True, fill="primary")
        else:
            cap.show_as(self._word("space"), step="body")

    def _lay_modes(self, box: Box | None) -> None:
        self._modes.setVisible(box is not None)
        if box is None:
            return
        self._put(self._modes, box)
        modes = MODES[self._kind]
        for mode, cell in self._mode_cells.items():
            cell.selected = mode == self._mode
            cell.setEnabled(mode != "zh" or self._engine.state() != "missing")
        width = self._modes.width() / len(modes)
        self._modes.lay_out([(self._mode_cells[mode], width) for mode in modes])

    # ---- pinyin --------------------------------------------------------------------------------------------------

    def _look_for_engine(self) -> None:
        """Take the engine once it is there; until then look again now and then, without holding anything up."""
        state = self._engine.state()
        if self._composer is None and state == "ready":
            self._composer = self._engine.composer()
        if state in ("preparing", "idle"):
            self._poll.start()
            return
        if self._poll.isActive():
            self._poll.stop()
            if state == "missing" and self._mode == "zh":
                self._mode = self._first_mode()
            self._rebuild()

    def _show_candidates(self) -> None:
        """The page of candidates that fits, its first one filled; a sentence when there is nothing to choose."""
        if self._kind != "zh":
            return
        if self._composer is None or not self._composing:
            self._shown = ()
            state = self._engine.state()
            if len(self._text) >= self._limit:
                self._candidates.say(self._word("full"), "caution")
            elif state == "missing":
                self._candidates.say(self._word("missing"), "caution")
            elif self._mode != "zh":
                self._candidates.say("")
            else:
                self._candidates.say(self._word("hint" if self._composer is not None else "preparing"))
            self._candidates.lay_out([])
            self._candidates.setVisible(bool(self._candidates.message()))
        else:
            self._candidates.show()
            self._shown = self._lay_candidates(self._composer)
        if "space" in self._caps:
            self._show_space(self._caps["space"])

    def _lay_candidates(self, composer: Composer) -> tuple[str, ...]:
        start = self._page_starts[-1]
        found = composer.candidates(start, MAX_CANDIDATE_CELLS + 1)
        strip = self._candidates
        pager = float(self._theme.px(92))
        room = strip.width() - 2 * pager
        widths: list[float] = []
        for number, word in enumerate(found[:MAX_CANDIDATE_CELLS]):
            width = min(strip.width_of(word, bold=number == 0), room)
            if widths and sum(widths) + width > room:
                break
            widths.append(width)
        shown = found[: len(widths)]
        spare = (room - sum(widths)) / len(widths) if widths else 0
        cells: list[tuple[StripCell, float]] = []
        for number, (word, width) in enumerate(zip(shown, widths, strict=True)):
            cell = self._candidate_cells[number]
            cell.setText(word)
            cell.setAccessibleName(word)
            cell.selected = number == 0
            cells.append((cell, width + spare))
        self._earlier.setEnabled(len(self._page_starts) > 1)
        self._earlier.setAccessibleName(self._word("previous"))
        self._later.setEnabled(len(found) > len(shown))
        self._later.setAccessibleName(self._word("next"))
        strip.lay_out([*cells, (self._earlier, pager), (self._later, pager)] if cells else [])
        return shown

    def _page_forward(self) -> None:
        self._page_starts.append(self._page_starts[-1] + len(self._shown))
        self._show_candidates()

    def _page_back(self) -> None:
        if len(self._page_starts) > 1:
            self._page_starts.pop()
            self._show_candidates()

    def _choose(self, number: int) -> None:
        if self._composer is None or number >= len(self._shown):
            return
        settled = self._composer.choose(self._page_starts[-1] + number)
        self._after_composing()
        if settled:
            self._add(settled)

    def _after_composing(self) -> None:
        self._page_starts = [0]
        composing = self._composer.composing() if self._composer is not None else ""
        if composing != self._composing:
            self._composing = composing
            self.composing_changed.emit(composing)
        self._show_candidates()

    # ---- keys ----------------------------------------------------------------------------------------------------

    def _switch(self, mode: Mode) -> None:
        self.settle()
        self._mode = mode
        self._upper = False
        self._rebuild()

    def _let_go(self) -> None:
        """A second finger is down: what the first one holds is typed first, in the order of the touches."""
        for cap in list(self._caps.values()):
            if cap.isVisible() and not cap.autoRepeat():
                cap.let_go()

    def _pressed(self, name: str) -> None:
        cap = self._caps[name]
        if name == "delete":
            self._delete()
        elif name == "shift":
            self._upper = not self._upper
            self._rebuild()
        elif name == "space":
            if self._composing:
                self._choose(0)
            elif self._text:
                self._add(" ")
        elif name == "enter":
            self.settle()
            self._add("\n")
        elif self._mode == "zh" and (name == "split" or len(name) == 1):
            self._feed("'" if name == "split" else name)
        else:
            self.settle()
            self._add(cap.types)
            if self._upper:
                self._upper = False
                self._rebuild()

    def _feed(self, letter: str) -> None:
        if self._composer is None or (letter == "'" and not self._composing):
            return
        if len(self._composing) < MAX_LETTERS and self._composer.feed(letter):
            self._after_composing()

    def _delete(self) -> None:
        if self._composing and self._composer is not None:
            self._composer.backspace()
            self._after_composing()
        elif self._text:
            self._text = self._text[:-1]
            self.text_changed.emit(self._text)
            self._show_candidates()

    def _add(self, typed: str) -> None:
        fits = typed[: max(0, self._limit - len(self._text))]
        if fits:
            self._text += fits
            self.text_changed.emit(self._text)
        self._show_candidates()
