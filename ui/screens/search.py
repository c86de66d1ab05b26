"""The search."""

from __future__ import annotations

from kiosk.flow.view import FieldView, ScreenView, SearchBody
from ui.kit.cards import ChoiceCard, level
from ui.kit.icons import known_icon
from ui.screens.cards import NARROW_PX
from ui.screens.docked import TypingScreen


class SearchScreen(TypingScreen[SearchBody]):
    """The search field, the best finds under it or below the heading, the keyboard."""

    heading_room = 272.0
    FOUND = 3

    def heading_end(self) -> float:
        if self.frame.beside:
            return self._column_top() - 24
        return self._field_top() - 24 if self.frame.low else super().heading_end()

    def _column_top(self) -> float:
        """Finds stand one below the other at the foot of the reading column."""
        return self.frame.reading.bottom - self.FOUND * 96 - (self.FOUND - 1) * 12

    def _field_top(self) -> float:
        return self.touch_top - 152 - 24

    def foot(self, top: float) -> None:
        """The finds stand there."""

    def fill(self, top: float) -> None:
        """The field over the keyboard; the finds between them, or in the reading column."""
        body, frame = self.body, self.frame
        field = FieldView(
            name="field.search", path="search", kind="text", label=body.placeholder, value=body.query, active=True,
            keyboard="zh" if self.theme.chinese else "latin", max_length=40,
        )  # fmt: skip
        if frame.beside:
            y, tall = top + 24, 152.0
            dock = self.touch_top - 20 if frame.low else max(frame.counter.top - 580, y + tall + 32)
        elif frame.low:
            y, tall, dock = self._field_top(), 152.0, self.touch_top + 96 + 10
        else:
            y, tall, dock = max(top + 24, 420.0), 152.0, 916.0
        self.box = self.field_box(field, self.left, y, self.wide, tall, active=True)
        self.box.set_look(active=True, error=False, placeholder=body.placeholder)
        self._results()
        self.dock(dock, field)

    def _results(self) -> None:
        body, frame = self.body, self.frame
        zone = frame.reading if frame.beside else frame.touch
        top = self._column_top() if frame.beside else self.touch_top
        if not body.results:
            if body.empty:
                ground, low = self.reading_ground, frame.low and not frame.beside
                self.icon_at("info", zone.left, top + (16 if low else 24), 44)
                self.label(zone.left + 64, top + 8, zone.width - 64, 88 if low else 220, body.empty, "body",
                           colour="ink_secondary", ground=ground)  # fmt: skip
            return
        found, across = body.results[: self.FOUND], 1
        if frame.low and not frame.beside:
            third = (zone.width - 12 * 2) / 3
            long = any(self.lines_of(view.label, "caption", third - 68, bold=True) > 2 for view in found)
            across = 2 if long else self.FOUND
            found = found[:across]
        width = (zone.width - 12 * (across - 1)) / across
        tall, step = (96.0, 108.0) if across > 1 or frame.beside else (80.0, 90.0)
        narrow = width < NARROW_PX
        cards: list[ChoiceCard] = []
        for number, view in enumerate(found):
            card = ChoiceCard(
                self, self.theme, view.name, view.label, hint=None,
                icon_name=None if narrow else known_icon(view.icon, "document"),
                mark="none" if across > 1 else "forward", tag=None if narrow else view.tag, role="key",
            )  # fmt: skip
            card.setEnabled(view.enabled)
            row, column = divmod(number, across)
            self.add(card, zone.left + column * (width + 12), top + row * step, width, tall)
            cards.append(card)
        level(cards)

    def refresh(self, view: ScreenView, body: SearchBody) -> bool:
        """Finds come and go: the page is built anew around the keyboard, which stays."""
        return False
