"""The receipt: the paper as it leaves the slot, the slots, what else can be done."""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.devices import DOCUMENT_PRINTER, RECEIPT_PRINTER
from kiosk.flow.view import Key as KeyView
from kiosk.flow.view import Notice, ReceiptBody
from ui.screens.base import Screen
from ui.screens.notices import notice_box, notice_height
from ui.screens.slip import slip


class ReceiptScreen(Screen[ReceiptBody]):
    """The paper as it leaves the lit slot, the amber bar that says where, and what else can be done."""

    low_anyway = True

    _wide_paper: bool = True
    """False where the panels of the slots need more room beside the paper than is usual."""

    @property
    def _at(self) -> float:
        """Where the panels of the slots begin: under the paper, or beside it on a panel that lies."""
        return self.left + (self._paper_room + 40 if self.frame.beside else 0.0)

    @property
    def _span(self) -> float:
        """How wide they are."""
        return self.right - self._at

    @property
    def _paper_room(self) -> float:
        """Width of the slot with its paper beside the panels."""
        return min(640.0, self.wide * 0.6) if self._wide_paper else self.wide * 0.47

    def fill(self, top: float) -> None:
        """Paper down the middle, under it a panel for each slot: the lit one is amber and stands over the counter."""
        body, bottom = self.body, float(self.touch_bottom)
        if body.sheet is None:
            height = max(144.0, notice_height(self, body.guide, self._span))
            keys = 112 + 24 if body.extra else 0
            # Beside the paper the panel is tall: what can be pressed stands below it, in reach.
            lower = keys if self.frame.beside else 0
            notice_box(self, body.guide, self._at, bottom - height - lower, self._span, height)
            row = bottom - 112 if self.frame.beside else bottom - height - 24 - 112
            width = (self._span - 20 * (len(body.extra) - 1)) / max(1, len(body.extra))
            for number, key in enumerate(body.extra):
                self.key(key, self._at + number * (width + 20), row, width, 112, small=True, step="body")
            bottom -= height + 24 + keys
        else:
            sheet, lit = body.sheet, self.view.part
            panels = [
                (replace(body.guide, icon="slip"), body.extra[0] if body.extra else None, lit == RECEIPT_PRINTER),
                (replace(sheet.notice, icon="sheet"), sheet.key, lit == DOCUMENT_PRINTER),
            ]
            if lit == DOCUMENT_PRINTER:
                panels.reverse()
            self._wide_paper = not self.frame.beside or self._slots_have_room(panels)
            for notice, further, burns in panels:
                height = self._slot_height(notice, further, burns)
                self._slot(notice, further, burns, bottom - height, height)
                bottom -= height + 20
        if self.frame.beside:
            self._paper(self.touch_top, self.touch_bottom - 30)
        else:
            self._paper(top + 28, bottom - 30)

    @property
    def _narrow(self) -> bool:
        """Too narrow for words and key on one line: the key stands below."""
        return self._span < 700

    @property
    def _indent(self) -> float:
        """Where the words of a panel begin: beside its sign, if there is room for one."""
        return 136.0 if self._span > 480 else 28.0

    def _slots_have_room(self, panels: list[tuple[Notice, KeyView | None, bool]]) -> bool:
        """Whether the panels beside the paper hold their words, and their keys the labels in two lines."""
        if sum(self._slot_height(*panel) for panel in panels) + 20 > self.frame.touch.height:
            return False
        labels = (
            (key.label, self._span - 56 - 84 - (88 if burns else 0)) for _, key, burns in panels if key is not None
        )
        return all(self.height_of(label, "caption", room, bold=True, tight=True) <= 76 for label, room in labels)

    def _slot_room(self, key: KeyView | None, burns: bool) -> float:
        if self._narrow:
            return self._span - self._indent - 28
        return self._span - 136 - 28 - (self._slot_key(key) + 28 if key is not None else 0) - (88 if burns else 0)

    def _slot_key(self, key: KeyView) -> float:
        return min(380.0, max(240.0, self.width_of(key.label, "body", bold=True) + 40 + 12 + 48))

    def _slot_sizes(self, notice: Notice, key: KeyView | None, burns: bool) -> tuple[str, str, float]:
        """Sizes of the fact and of what follows from it, and their height; three lines of each at most."""
        room = self._slot_room(key, burns)
        tall = 0.0
        for big, little in (("body", "small"), ("small", "small"), ("small", "caption")):
            tall = self.height_of(notice.title, big, room, bold=True, tight=True)
            tall += self.height_of(notice.text, little, room, bold=False, tight=True) if notice.text else 0.0
            if tall <= ((280 if self._wide_paper else 200) if self._narrow else 150):
                return big, little, tall
        return "small", "caption", tall

    def _slot_height(self, notice: Notice, key: KeyView | None, burns: bool) -> float:
        tall = max(128.0, self._slot_sizes(notice, key, burns)[2] + 36)
        return tall + (116 if self._narrow and key is not None else 0)

    def _slot(self, notice: Notice, key: KeyView | None, burns: bool, y: float, height: float) -> None:
        """One way out of the machine: its shape, what happens there, its key or the arrow that points at it."""
        tone = "guide" if burns and notice.tone != "caution" else "quiet" if notice.tone == "guide" else notice.tone
        fill, line, ink = {
            "guide": ("guide_fill", None, "on_guide"),
            "caution": ("caution_fill", None, "caution"),
            "done": ("info_fill", None, "ink"),
        }.get(tone, ("surface", "line", "ink"))
        self.card(self._at, y, self._span, height, fill=fill, line=line)
        below = key is not None and self._narrow
        middle = y + (height - (116 if below else 0)) / 2
        if self._indent > 100:
            tint = "#FFF4DC" if tone == "guide" else "surface" if fill != "surface" else "icon_tint"
            line_colour = ink if tone != "quiet" else "icon_line"
            self.icon_at(notice.icon or "slip", self._at + 28, middle - 40, 80, line=line_colour, tint=tint, stroke=2.6)
        right = float(self.right)
        if tone == "guide" and not (self._narrow and not below):
            arrow = y + height - 100 if below else middle - 34
            self.icon_at("arrow_down", self.right - 96, arrow, 68, line="on_guide", tint="none", stroke=4.8)
            right -= 88
        if key is not None and below:
            width = min(self._slot_key(key), right - self._at - 56)
            self.key(key, right - 28 - width, y + height - 116, width, 92, small=True, step="body")
        elif key is not None:
            width = self._slot_key(key)
            self.key(key, right - 28 - width, middle - 50, width, 100, small=True, step="body")
        room = self._slot_room(key, tone == "guide")
        big, little, _ = self._slot_sizes(notice, key, tone == "guide")
        one = self.height_of(notice.title, big, room, bold=True, tight=True)
        two = self.height_of(notice.text, little, room, bold=False, tight=True) if notice.text else 0.0
        top = middle - (one + two) / 2
        left = self._at + self._indent
        self.label(left, top, room, one, notice.title, big, bold=True, colour=ink, ground=fill, tight=True)
        if two:
            self.label(left, top + one, room, two, notice.text, little, bold=False, colour=ink, ground=fill,
                       tight=True)  # fmt: skip

    def _paper(self, top: float, bottom: float) -> None:
        width = min(720.0, self._paper_room - 48) if self.frame.beside else 720.0
        x = self.left + (24 if self.frame.beside else (self.wide - width) / 2)
        # Amber is one place at a time: where the light burns.
        slip(self, self.body, x, top, width, bottom, lit=self.view.part != DOCUMENT_PRINTER)
