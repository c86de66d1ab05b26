"""The technician's pages: PIN pad and diagnostics, marked by a striped band so nobody takes them for a resident's."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from kiosk.flow.view import DeviceRow, DiagnosticsBody, PinBody, Row, ScreenView
from ui.kit.parts import Key, Label
from ui.kit.theme import DESIGN_WIDTH_PX
from ui.screens.base import LEFT, RIGHT, WIDTH, BodyT, Screen


class StaffScreen(Screen[BodyT]):
    """A page with the striped band on top."""

    def paint_ground(self, painter: QPainter) -> None:
        """Paper and stripes."""
        super().paint_ground(painter)
        painter.fillRect(QRectF(0, 0, DESIGN_WIDTH_PX, 24), self.theme.colour("rail"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.colour("paper"))
        for x in range(-24, DESIGN_WIDTH_PX, 48):
            points = [QPointF(x, 24), QPointF(x + 24, 0), QPointF(x + 48, 0), QPointF(x + 24, 24)]
            painter.drawPolygon(QPolygonF(points))

    def strip(self) -> None:
        """A wrench, the title of the page, the time."""
        self.icon_at("wrench", LEFT, 50, 52, line="ink_secondary")
        clock = Label(self, self.theme, self._time(), "body", bold=True, align="right", middle=True)
        self.place(clock, RIGHT - 130, 40, 130, 72)
        self.clocks.append(clock)
        self.label(LEFT + 72, 40, 700, 72, self.view.place, "small", bold=True, middle=True, max_lines=1)


class PinScreen(StaffScreen[PinBody]):
    """Dots for the digits typed so far, and the pad."""

    def fill(self, top: float) -> None:
        """Dots, a message, twelve keys."""
        self._dots(self.body.entered)
        if self.body.message is not None:
            height = self.notice_height(self.body.message, WIDTH)
            self.notice(self.body.message, LEFT, 596 - height, WIDTH, height)
        names = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "", "0", "delete"]
        width, height, gap = 240.0, 156.0, 20.0
        left = LEFT + (WIDTH - 3 * width - 2 * gap) / 2
        self._keys: list[Key] = []
        for number, name in enumerate(names):
            if not name:
                continue
            label = "" if name == "delete" else name
            key = Key(
                self, self.theme, f"key.{name}", label, step="key_large",
                icon_left="delete" if name == "delete" else None, icon_px=72, stroke=2.6,
                accessible=name,
            )  # fmt: skip
            key.setEnabled(not self.body.locked)
            self._keys.append(key)
            x, y = left + (number % 3) * (width + gap), 780 + (number // 3) * (height + gap)
            self.add(key, x, y, width, height, gated=False)

    def _dots(self, entered: int) -> None:
        self._entered = entered

        def draw(painter: QPainter) -> None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            count = max(6, self._entered)
            gap = min(84.0, 880.0 / count)
            start = DESIGN_WIDTH_PX / 2 - gap * (count - 1) / 2
            for number in range(count):
                filled = number < self._entered
                painter.setPen(QPen(self.theme.colour("primary" if filled else "key_edge"), 4))
                painter.setBrush(self.theme.colour("primary" if filled else "surface"))
                painter.drawEllipse(QPointF(start + gap * number, 690), 22, 22)

        self.paint(draw)

    def refresh(self, view: ScreenView, body: PinBody) -> bool:
        """Only the dots change while digits are typed."""
        if body.locked != self.body.locked or body.message != self.body.message:
            return False
        if (view.primary, view.back, view.title) != (self.view.primary, self.view.back, self.view.title):
            return False
        self.body, self.view, self._entered = body, view, body.entered
        self.update()
        return True


_TONES = {"fine": ("fine", "accent_text"), "warning": ("warning", "caution"), "fault": ("error", "caution")}
_DEVICE_ICONS = {
    "id_card": "id_card",
    "code_scanner": "scanner",
    "receipt_printer": "printer",
    "document_camera": "document",
    "document_printer": "printer",
}


class DiagnosticsScreen(StaffScreen[DiagnosticsBody]):
    """Every device with its state and self-test, what waits to be sent, and the versions."""

    def heading(self) -> float:
        """Title on one line under the stripes."""
        view = self.view
        self.label(LEFT, 124, WIDTH, 84, view.title, "key", bold=True, middle=True, max_lines=1)
        y = 212.0
        if view.lead:
            height = self.height_of(view.lead, "small", WIDTH)
            self.label(LEFT, y, WIDTH, height, view.lead, "small", colour="ink_secondary")
            y += height
        if view.notice is not None:
            height = self.notice_height(view.notice, WIDTH, "small")
            self.notice(view.notice, LEFT, y + 8, WIDTH, height, "small")
            y += height + 16
        return y

    def fill(self, top: float) -> None:
        """Device table, then two cards side by side."""
        devices = self.body.devices
        y = top + 16
        below = max(len(self.body.outbox), len(self.body.versions))
        cards = 32 + 60 * below if below else 0
        wide = self._key_width([device.self_test.label for device in devices])
        more = self._key_width([device.more.label for device in devices])
        room = RIGHT - 20 - wide - 16 - more - 24 - (LEFT + 108)
        keys = 128.0 + 24 if self.body.keys else 0.0
        space = 1500 - cards - 24 - keys - y
        talls = [max(128.0, self._need(device, room) + 28) for device in devices]
        if sum(talls) > space:
            talls = [tall * space / sum(talls) for tall in talls]
        frame = (float(LEFT), y, float(WIDTH), sum(talls))
        if devices:
            self.card(*frame)
        row = y
        for number, (device, per) in enumerate(zip(devices, talls, strict=True)):
            sign, colour = _TONES[device.tone]
            ground = "caution_fill" if device.tone == "fault" else "surface"
            if device.tone == "fault":
                self.band(frame, row, per, ground)
            if number:
                self.rule(LEFT + 28, row, WIDTH - 56)
            middle = row + per / 2
            self.icon_at(_DEVICE_ICONS.get(device.name, "chip"), LEFT + 28, middle - 28, 56, line="ink_secondary",
                         stroke=2.8)  # fmt: skip
            tall = min(88.0, per - 8)
            self.key(device.more, RIGHT - 20 - more, middle - tall / 2, more, tall, small=True, step="body")
            left = RIGHT - 20 - more - 16 - wide
            self.key(device.self_test, left, middle - tall / 2, wide, tall, small=True, step="body")
            left = LEFT + 108
            line = middle - min(per - 12, self._need(device, room)) / 2
            head = self.height_of(device.title, "body", room, bold=True, tight=True)
            beside = self._state_beside(device, room)
            own = self.width_of(device.title, "body", bold=True) + 8 if beside else room
            self.label(left, line, own, head, device.title, "body", bold=True, ground=ground, tight=True)
            tall = head if beside else self.height_of(device.state, "small", room - 52, bold=True, tight=True)
            if not beside:
                line += head
            x = left + (own + 20 if beside else 0)
            self.icon_at(sign, x, line + min(tall, 46) / 2 - 20, 40, line=colour, tint="surface", stroke=3.5)
            self.label(x + 52, line, left + room - x - 52, tall, device.state, "small", bold=True, colour=colour,
                       ground=ground, middle=True, tight=True, elide=True)  # fmt: skip
            line += tall
            for text in (device.model, device.detail):
                if text:
                    height = self.height_of(text, "caption", room, tight=True)
                    height = max(0.0, min(height, row + per - 4 - line))
                    self.label(left, line, room, height, text, "caption", bold=False, ground=ground, tight=True,
                               colour="ink_secondary", elide=True)  # fmt: skip
                    line += height
            row += per
        y += sum(talls) + 24
        if below:
            tables = [rows for rows in (self.body.outbox, self.body.versions) if rows]
            width = (WIDTH - 16 * (len(tables) - 1)) / len(tables)
            for number, rows in enumerate(tables):
                self._table(rows, LEFT + number * (width + 16), y, width, 1500 - keys - y)
        for number, key in enumerate(self.body.keys):
            width = (WIDTH - 16 * (len(self.body.keys) - 1)) / len(self.body.keys)
            self.key(key, LEFT + number * (width + 16), 1500 - 128, width, 128, small=True, step="body")

    def _key_width(self, labels: list[str]) -> float:
        """Wide enough for each of these labels with an icon."""
        return max([176.0, *(self.width_of(label, "body", bold=True) + 40 + 12 + 52 for label in labels)])

    def _state_beside(self, device: DeviceRow, room: float) -> bool:
        """True when the state fits on the line of the title."""
        title = self.width_of(device.title, "body", bold=True)
        return title + 28 + 52 + self.width_of(device.state, "small", bold=True) <= room

    def _need(self, device: DeviceRow, room: float) -> float:
        """Height of the words about a device, none of them cut."""
        height = self.height_of(device.title, "body", room, bold=True, tight=True)
        if not self._state_beside(device, room):
            height += self.height_of(device.state, "small", room - 52, bold=True, tight=True)
        return height + sum(
            self.height_of(text, "caption", room, tight=True) for text in (device.model, device.detail) if text
        )

    def _table(self, rows: tuple[Row, ...], x: float, y: float, width: float, height: float) -> None:
        if not rows:
            return
        per = min(88.0, (height - 24) / len(rows))
        self.card(x, y, width, per * len(rows) + 24)
        for number, row in enumerate(rows):
            top = y + 12 + number * per
            rest = min(width * 0.6, self.width_of(row.value, "small", bold=True) + 24)
            first = min(width - 48 - rest, self.width_of(row.label, "small") + 12)
            self.label(x + 24, top, first, per, row.label, "small", colour="ink_secondary", ground="surface",
                       middle=True, tight=True)  # fmt: skip
            self.label(x + 24 + first, top, width - 48 - first, per, row.value, "small", bold=True, ground="surface",
                       align="right", middle=True, tight=True)  # fmt: skip
