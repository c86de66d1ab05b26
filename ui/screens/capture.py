"""A paper under the document camera: what it sees, what to do, and what to do with the page that was taken.

While the camera looks, the same few things stand in the same places: the picture, one line of advice under it, the
amber panel in the counter that points at the camera. A new picture repaints its own rectangle; new advice leaves the
keys where they are, also under a finger.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPixmap

from kiosk.flow.view import CaptureBody, Notice, ScreenView
from kiosk.flow.view import Key as KeyView
from ui.kit.live import LivePicture, fitted
from ui.kit.scenes import scene
from ui.kit.words import word
from ui.screens.ask import paragraphs
from ui.screens.base import Screen
from ui.screens.counter import busy_panel, slot_panel
from ui.screens.home import card_stack
from ui.screens.notices import notice_box, notice_height

_UNDER_WAY: Final = frozenset({"steady", "taking", "straightening"})
_KEY_HEIGHT, _GAP = 112.0, 20.0
_ADVICE_LEAST = 152.0


class CaptureScreen(Screen[CaptureBody]):
    """The picture in the middle, advice below it, keys near the hand, and in the counter where the hand goes."""

    heading_room = 272.0

    def fill(self, top: float) -> None:
        """From the bottom up: keys, advice; the picture in what is left."""
        state = self.body.state
        top = self._count(top)
        if state == "unavailable":
            self._unavailable(top)
            return
        bottom = self._keys(float(self.touch_bottom))
        if state == "taken":
            bottom = self._notice(self.body.advice, bottom)
            self._taken(top + 20, bottom)
            return
        self._look(top + 20, self._advice(bottom))
        self._hand()

    def refresh(self, view: ScreenView, body: CaptureBody) -> bool:
        """A picture alone is painted alone."""
        live = self.kept.get("live")
        same = replace(body, picture=self.body.picture) == self.body and replace(view, body=self.view.body) == self.view
        if not same or not isinstance(live, LivePicture) or not body.picture:
            return False
        self.view, self.body = view, body
        live.show_jpeg(body.picture)
        return True

    def wipe(self) -> None:
        """The paper is the resident's."""
        live = self.kept.get("live")
        if isinstance(live, LivePicture):
            live.wipe()

    # ---- parts

    def _count(self, top: float) -> float:
        """How many pages there are, on a line of its own."""
        text = self.body.count
        if not text:
            return top
        width = min(float(self.wide), self.width_of(text, "small", bold=True) + 108)
        y = top + 12
        self.card(self.left, y, width, 60, fill="info_fill", line=None, radius=30)
        self.icon_at("document", self.left + 24, y + 10, 40, tint="surface")
        self.label(self.left + 76, y, width - 96, 60, text, "small", bold=True, colour="info_text", ground="info_fill",
                   middle=True, max_lines=1)  # fmt: skip
        return y + 60

    def _keys(self, bottom: float) -> float:
        """One or two keys a row, the last ones nearest the counter; gives back where they begin."""
        keys = self.body.keys
        rows: list[tuple[KeyView, ...]] = [keys[:2], keys[2:]] if len(keys) > 2 else [keys]
        for row in reversed([row for row in rows if row]):
            wants = [self.width_of(key.label, "body", bold=True) + 140 for key in row]
            spare = (self.wide - _GAP * (len(row) - 1) - sum(wants)) / len(row)
            x = float(self.left)
            for key, want in zip(row, wants, strict=True):
                self.key(key, x, bottom - _KEY_HEIGHT, want + spare, _KEY_HEIGHT, small=True, step="body")
                x += want + spare + _GAP
            bottom -= _KEY_HEIGHT + _GAP
        return bottom - 4

    def _notice(self, notice: Notice | None, bottom: float) -> float:
        if notice is None:
            return bottom
        height = notice_height(self, notice, self.wide)
        notice_box(self, notice, self.left, bottom - height, self.wide, height)
        return bottom - height - 24

    def _advice(self, bottom: float) -> float:
        """What to do now, or else how it goes; it takes the same room, so that nothing jumps."""
        body, height = self.body, _ADVICE_LEAST
        advice = body.advice if body.state not in _UNDER_WAY else None
        if advice is not None:
            height = max(height, notice_height(self, advice, self.wide))
            notice_box(self, replace(advice, tone="info") if advice.tone == "guide" else advice,
                        self.left, bottom - height, self.wide, height)  # fmt: skip
        elif body.steps:
            tall = sum(self.height_of(line, "body", self.wide - 40, bold=False) for line in body.steps)
            tall += 14 * (len(body.steps) - 1)
            height = max(height, tall)
            paragraphs(self, body.steps, bottom - height + (height - tall) / 2, bottom)
        return bottom - height - 20

    def _look(self, top: float, bottom: float) -> None:
        """What the camera sees; until it sees something, how to lay the paper down."""
        height = bottom - top
        if not self.body.picture:
            self._illustration(top, min(height, self.wide * 0.75))
            return
        live = self.keep("live", lambda: LivePicture(self, self.theme, self.view.title))
        tone = self.body.advice.tone if self.body.advice is not None else "info"
        live.set_line("primary" if self.body.state in _UNDER_WAY else "caution" if tone == "caution" else "guide_fill")
        live.show_jpeg(self.body.picture)
        # Cameras see 4:3; what is higher than that would be dark above and below.
        tall = min(height, self.wide * 0.75)
        self.place(live, self.left, top, self.wide, tall)

    def _illustration(self, top: float, height: float) -> None:
        if height < 240:
            return
        scale = self.theme.scale
        box = self.theme.rect(0, 0, self.wide, height)
        tall = max(box.height(), round(box.width() * 696 / 952))
        source = scene("camera", box.width(), tall, self.theme.contrast)
        picture = QPixmap(box.size())
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        path = QPainterPath()
        path.addRoundedRect(QRectF(box), 32 * scale, 32 * scale)
        painter.setClipPath(path)
        painter.drawPixmap(0, min(0, round((box.height() - source.height()) * 0.55)), source)
        painter.end()
        self.picture(picture, self.left, top)

    def _hand(self) -> None:
        """The counter: amber points at the camera; once the page lies still a bar says that it is being taken."""
        advice = self.body.advice
        if self.body.state in _UNDER_WAY and advice is not None:
            busy_panel(self, advice.title)
        else:
            slot_panel(self, word("paper_here", self.view.language), "camera")

    def _taken(self, top: float, bottom: float) -> None:
        """The page as it will be handed in, on a dark table, as large as it fits."""
        height = bottom - top
        self.card(self.left, top, self.wide, height, fill="surface_quiet")
        inner = self.theme.rect(0, 0, self.wide - 64, height - 48)
        page = fitted(self.body.picture, inner.width(), inner.height())
        if page.isNull():
            self.icon_at("document", self.left + self.wide / 2 - 80, top + height / 2 - 80, 160, stroke=1.8)
            return
        scale = self.theme.scale
        width, tall = page.width() / scale, page.height() / scale
        x, y = self.left + (self.wide - width) / 2, top + (height - tall) / 2
        self.card(x - 3, y - 3, width + 6, tall + 6, fill="surface", line="key_edge", line_px=3, radius=4)
        self.picture(QPixmap.fromImage(page), x, y)

    def _unavailable(self, top: float) -> None:
        """What is the matter, and the other ways as large cards near the hand."""
        keys = tuple(replace(key, icon="camera") if key.icon == "tick" else key for key in self.body.keys)
        first = card_stack(self, keys, float(self.touch_bottom), max(float(self.touch_top), top + 24))
        advice = self.body.advice
        if advice is not None:
            height = max(176.0, notice_height(self, advice, self.wide, "lead"))
            step = "lead" if top + 28 + height <= first - 24 else "body"
            height = max(152.0, notice_height(self, advice, self.wide, step))
            notice_box(self, advice, self.left, top + 28, self.wide, height, step)
