"""The technician's pages: PIN pad and diagnostics, marked by a striped band so nobody takes them for a resident's."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from kiosk.flow.view import DeviceRow, DiagnosticsBody, PinBody, Row, ScreenView
from ui.kit.keys import Key
from ui.kit.label import Label
from ui.screens.base import BodyT, Screen
from ui.screens.notices import notice_box, notice_height


class StaffScreen(Screen[BodyT]):
    """A page with the striped band on top."""

    whole_width = True
    scenic = False

    def paint_ground(self, painter: QPainter) -> None:
        """Paper and stripes."""
        super().paint_ground(painter)
        painter.fillRect(QRectF(0, 0, self.frame.width, 24), self.theme.colour("rail"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.colour("paper"))
        for x in range(-24, round(self.frame.width), 48):
            points = [QPointF(x, 24), QPointF(x + 24, 0), QPointF(x + 48, 0), QPointF(x + 24, 24)]
            painter.drawPolygon(QPolygonF(points))

    def strip(self) -> None:
        """A wrench, the title of the page, the time."""
        self.icon_at("wrench", self.left, 50, 52, line="ink_secondary")
        clock = Label(self, self.theme, self.time_text(), "body", bold=True, align="right", middle=True)
        self.place(clock, self.frame.touch.right - 130, 40, 130, 72)
        self.clocks.append(clock)
        self.label(self.left + 72, 40, 700, 72, self.view.place, "small", bold=True, middle=True, max_lines=1)


class PinScreen(StaffScreen[PinBody]):
    """Dots for the digits typed so far, and the pad."""

    def fill(self, top: float) -> None:
        """Dots, a message, twelve keys."""
        self._dots(self.body.entered)
        if self.body.message is not None:
            height = notice_height(self, self.body.message, self.wide)
            width = self.wide / 2 - 40 if self.frame.beside else self.wide
            height = notice_height(self, self.body.message, width)
            y = self.touch_top + 240 if self.frame.beside else 596 - height
            notice_box(self, self.body.message, self.left, y, width, height)
        names = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "", "0", "delete"]
        top = self.touch_top + (100 if self.frame.beside else 140)
        width, gap = 240.0, 20.0
        height = min(156.0, (self.touch_bottom - top - 3 * gap) / 4)
        left = self._pad_middle - (3 * width + 2 * gap) / 2
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
            x, y = left + (number % 3) * (width + gap), top + (number // 3) * (height + gap)
            self.add(key, x, y, width, height, gated=False)

    @property
    def _pad_middle(self) -> float:
        """The pad stands in the middle, or in the right half of a panel that lies."""
        return self.left + self.wide * (0.75 if self.frame.beside else 0.5)

    def title_width(self) -> float:
        return self.wide / 2 - 40 if self.frame.beside else super().title_width()

    def _dots(self, entered: int) -> None:
        self._entered = entered

        def draw(painter: QPainter) -> None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            count = max(6, self._entered)
            gap = min(84.0, (self.wide / 2 if self.frame.beside else 880.0) / count)
            start = (self._pad_middle if self.frame.beside else self.frame.width / 2) - gap * (count - 1) / 2
            for number in range(count):
                filled = number < self._entered
                painter.setPen(QPen(self.theme.colour("primary" if filled else "key_edge"), 4))
                painter.setBrush(self.theme.colour("primary" if filled else "surface"))
                painter.drawEllipse(QPointF(start + gap * number, self.touch_top + 50), 22, 22)

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
    "receipt_printer": "slip",
    "document_camera": "camera",
    "document_printer": "sheet",
    "io_board": "lamp",
    "ups": "power",
}


class DiagnosticsScreen(StaffScreen[DiagnosticsBody]):
    """Every device with its state and self-test, what waits to be sent, and the versions."""

    def heading(self) -> float:
        """Title on one line under the stripes."""
        view = self.view
        self.label(self.left, 124, self.wide, 84, view.title, "key", bold=True, middle=True, max_lines=1)
        y = 212.0
        if view.lead:
            height = self.height_of(view.lead, "small", self.wide)
            self.label(self.left, y, self.wide, height, view.lead, "small", colour="ink_secondary")
            y += height
        if view.notice is not None:
            height = notice_height(self, view.notice, self.wide, "small")
            notice_box(self, view.notice, self.left, y + 8, self.wide, height, "small")
            y += height + 16
        return y

    def fill(self, top: float) -> None:
        """Device table, then two cards side by side; on a panel that lies the cards stand right of the table."""
        if self.frame.beside:
            self._beside(top + 16)
            return
        y, bottom = top + 16, self.touch_bottom + 4
        below = max(len(self.body.outbox), len(self.body.versions))
        keys = 128.0 + 24 if self.body.keys else 0.0
        # Many devices take the room of the tables below, down to lines that stand close.
        most, least = (32.0 + per * below if below else 0.0 for per in (60, 46))
        need = sum(self._heights(0.0))
        cards = max(least, min(most, bottom - keys - 24 - y - need))
        space = bottom - cards - 24 - keys - y
        if self.body.devices:
            y += self._devices(y, space) + 24
        if below:
            tables = [rows for rows in (self.body.outbox, self.body.versions) if rows]
            width = (self.wide - 16 * (len(tables) - 1)) / len(tables)
            for number, rows in enumerate(tables):
                self._table(rows, self.left + number * (width + 16), y, width, bottom - keys - y)
        for number, key in enumerate(self.body.keys):
            width = (self.wide - 16 * (len(self.body.keys) - 1)) / len(self.body.keys)
            self.key(key, self.left + number * (width + 16), bottom - 128, width, 128, small=True, step="body")

    @property
    def wide(self) -> float:
        """The table takes the larger part of a panel that lies."""
        return self.frame.touch.width * 0.6 if self.frame.beside else self.frame.touch.width

    @property
    def right(self) -> float:
        """Right end of the table."""
        return self.left + self.wide

    def _beside(self, y: float) -> None:
        bottom, x = self.touch_bottom, self.right + 20
        width = self.frame.touch.right - x
        if self.body.devices:
            self._devices(y, bottom - y)
        tables = [rows for rows in (self.body.outbox, self.body.versions) if rows]
        keys = 92.0 * len(self.body.keys)
        rows = sum(len(table) for table in tables)
        per = (bottom - keys - y - 40 * len(tables)) / rows if rows else 0.0
        for table in tables:
            height = 24 + min(60.0, per) * len(table)
            self._table(table, x, y, width, height)
            y += height + 16
        for number, key in enumerate(self.body.keys):
            self.key(key, x, bottom - keys + 12 + 92 * number, width, 80, small=True, step="body")

    # ---- the devices

    @property
    def _tight(self) -> bool:
        """Six or more devices: one line for what there is to tell about each."""
        return len(self.body.devices) > 5

    def _key_width(self, labels: list[str]) -> float:
        """Wide enough for each of these labels, with an icon where there is room for one."""
        icon = 24 if self._tight else 40 + 12 + 52
        return max(
            [132.0 if self._tight else 176.0, *(self.width_of(x, "body", bold=True) + icon + 16 for x in labels)]
        )

    def _room(self) -> tuple[float, float, float]:
        """Width of the self-test keys, of the keys that lead on, and of the words about a device."""
        wide = self._key_width([device.self_test.label for device in self.body.devices])
        more = self._key_width([device.more.label for device in self.body.devices])
        return wide, more, self.right - 20 - wide - 16 - more - 24 - (self.left + 108)

    def _words(self, device: DeviceRow) -> tuple[str, ...]:
        """What stands under its state; where it is tight the model is left to the device's own page."""
        if self._tight and self.frame.beside and not self._state_beside(device, self._room()[2]):
            return ()
        return (device.detail or device.model,) if self._tight else (device.model, device.detail)

    def _state_beside(self, device: DeviceRow, room: float) -> bool:
        """True when the state fits on the line of the title."""
        title = self.width_of(device.title, self._title, bold=True)
        return title + 28 + 52 + self.width_of(device.state, self._state, bold=True) <= room

    @property
    def _title(self) -> str:
        return "small" if self._tight else "body"

    @property
    def _state(self) -> str:
        return "caption" if self._tight else "small"

    def _need(self, device: DeviceRow, room: float) -> float:
        """Height of the words about a device."""
        height = self.height_of(device.title, self._title, room, bold=True, tight=True)
        if not self._state_beside(device, room):
            height += self.height_of(device.state, self._state, room - 52, bold=True, tight=True)
        one = self.height_of("|", "caption", room, tight=True)
        return height + sum(
            one if self._tight else self.height_of(text, "caption", room, tight=True)
            for text in self._words(device)
            if text
        )

    def _heights(self, space: float) -> list[float]:
        """Height of each row; what ``space`` leaves over is shared."""
        room, devices = self._room()[2], self.body.devices
        pad, least = (14, 88.0) if self._tight else (28, 128.0)
        talls = [max(least, self._need(device, room) + pad) for device in devices]
        if sum(talls) > space > 0:
            return [tall * space / sum(talls) for tall in talls]
        spare = min(16.0, (space - sum(talls)) / len(talls)) if talls and space else 0.0
        return [tall + max(0.0, spare) for tall in talls] if self._tight else talls

    def _devices(self, y: float, space: float) -> float:
        """The table of devices; gives back its height."""
        talls = self._heights(space)
        frame = (float(self.left), y, float(self.wide), sum(talls))
        self.card(*frame)
        for number, (device, per) in enumerate(zip(self.body.devices, talls, strict=True)):
            ground = "caution_fill" if device.tone == "fault" else "surface"
            if device.tone == "fault":
                self.band(frame, y, per, ground)
            if number:
                self.rule(self.left + 28, y, self.wide - 56)
            self._device(device, y, per, ground)
            y += per
        return sum(talls)

    def _device(self, device: DeviceRow, row: float, per: float, ground: str) -> None:
        sign, colour = _TONES[device.tone]
        wide, more, room = self._room()
        middle = row + per / 2
        self.icon_at(_DEVICE_ICONS.get(device.name, "chip"), self.left + 28, middle - 28, 56, line="ink_secondary",
                     stroke=2.8)  # fmt: skip
        tall = min(88.0, max(76.0, per - 12))
        keys = (device.self_test, device.more)
        if self._tight:
            keys = (replace(device.self_test, icon=None), replace(device.more, icon=None))
        self.key(keys[1], self.right - 20 - more, middle - tall / 2, more, tall, small=True, step="body")
        self.key(keys[0], self.right - 20 - more - 16 - wide, middle - tall / 2, wide, tall, small=True, step="body")
        left = self.left + 108
        line = middle - min(per - 8, self._need(device, room)) / 2
        head = self.height_of(device.title, self._title, room, bold=True, tight=True)
        beside = self._state_beside(device, room)
        own = self.width_of(device.title, self._title, bold=True) + 8 if beside else room
        self.label(left, line, own, head, device.title, self._title, bold=True, ground=ground, tight=True)
        tall = head if beside else self.height_of(device.state, self._state, room - 52, bold=True, tight=True)
        if not beside:
            line += head
        x = left + (own + 20 if beside else 0)
        size = 34 if self._tight else 40
        self.icon_at(sign, x, line + min(tall, 46) / 2 - size / 2, size, line=colour, tint="surface", stroke=3.5)
        self.label(x + size + 12, line, left + room - x - size - 12, tall, device.state, self._state, bold=True,
                   colour=colour, ground=ground, middle=True, tight=True, elide=True)  # fmt: skip
        line += tall
        one = self.height_of("|", "caption", room, tight=True)
        for text in self._words(device):
            if text:
                height = one if self._tight else self.height_of(text, "caption", room, tight=True)
                height = max(0.0, min(height, row + per - 4 - line))
                self.label(left, line, room, height, text, "caption", bold=False, ground=ground, tight=True,
                           colour="ink_secondary", elide=True, max_lines=1 if self._tight else None)  # fmt: skip
                line += height

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
