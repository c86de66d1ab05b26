"""Filling in: fields with the docked keyboard, dates, choices; the search; declaration and signature."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from kiosk.flow.events import DatePicked, Signed, Stroke, Typed
from kiosk.flow.view import FieldView, FormBody, ScreenView, SearchBody, SignBody
from ui.keyboard.widget import KeyboardWidget
from ui.kit.date_wheel import DateWheel
from ui.kit.field_box import FieldBox
from ui.kit.parts import ChoiceCard, Key, Label, known_icon
from ui.kit.signature import SignaturePad
from ui.kit.words import count_line, filled_from
from ui.screens.ask import choice_stack, paragraphs
from ui.screens.base import BodyT, Screen


class TypingScreen(Screen[BodyT]):
    """A page with a docked keyboard that writes into one field box."""

    box: FieldBox | None = None
    count: Label | None = None
    _path = ""
    _limit = 100

    def dock(self, top: float, field: FieldView) -> KeyboardWidget:
        """The keyboard on its band, from ``top`` down to the counter; the one in use stays."""

        def band(painter: QPainter) -> None:
            painter.fillRect(
                QRectF(0, top, self.frame.width, self.frame.counter.top - top), self.theme.colour("info_fill")
            )
            painter.fillRect(QRectF(0, top, self.frame.width, 3), self.theme.colour("band_line"))

        self.paint(band)
        fresh = "keyboard" not in self.kept
        keyboard = self.keep("keyboard", lambda: KeyboardWidget(self, self.theme))
        self.place(keyboard, 24, top + 20, self.frame.width - 48, self.frame.counter.top - top - 40)
        if fresh:
            self._sent: deque[str] = deque(maxlen=64)
            keyboard.text_changed.connect(self._typed)
            keyboard.composing_changed.connect(self._composing)
        if field.path != self._path:
            keyboard.reset()
            self._sent.clear()
        self._path, self._limit = field.path, field.max_length
        keyboard.set_mode(field.keyboard, self.view.language)
        keyboard.set_multiline(field.kind == "long_text")
        keyboard.set_limit(field.max_length)
        self._take_value(keyboard, field.value)
        return keyboard

    def _take_value(self, keyboard: KeyboardWidget, value: str) -> None:
        """A view may be older than the last key: values this page sent itself never overwrite what stands there."""
        if value != keyboard.text() and value not in self._sent:
            keyboard.set_text(value)
        self._show(keyboard.text())

    def _show(self, text: str) -> None:
        if self.box is not None:
            self.box.set_text(text)
        if self.count is not None:
            self.count.set_text(count_line(len(text), self._limit, self.view.language))

    def _typed(self, text: str) -> None:
        self._sent.append(text)
        self._show(text)
        self.context.emit(Typed(self._path, text))

    def _composing(self, composing: str) -> None:
        if self.box is not None:
            self.box.set_composing(composing)

    def keyboard(self) -> KeyboardWidget | None:
        """The keyboard in use."""
        there = self.kept.get("keyboard")
        return there if isinstance(there, KeyboardWidget) else None

    def tapped(self, name: str) -> None:
        """What is being composed is taken before anything else happens, so that nothing visible is lost."""
        keyboard = self.keyboard()
        if keyboard is not None and keyboard.composing():
            keyboard.settle()
        super().tapped(name)

    def wipe(self) -> None:
        """Overwrite the editors."""
        keyboard = self.keyboard()
        if keyboard is not None:
            keyboard.blockSignals(True)
            keyboard.set_text("")
            keyboard.reset()
        for box in self.findChildren(FieldBox):
            box.wipe()
        if hasattr(self, "_sent"):
            self._sent.clear()

    def field_box(
        self, field: FieldView, x: float, y: float, width: float, height: float, *, active: bool, lines: int = 1
    ) -> FieldBox:
        """A box for one field."""
        box = FieldBox(self, self.theme, field.name, field.label, lines=lines)
        example = "" if active else field.example or ""
        box.set_look(active=active, error=field.error is not None, placeholder=example, masked=field.masked)
        self.add(box, x, y, width, height)
        return box


class FormScreen(TypingScreen[FormBody]):
    """One to three fields; the active one with its keyboard, wheel or answers, the others as a strip of keys."""

    def _active(self) -> FieldView | None:
        fields = self.body.fields
        for field in fields:
            if field.active:
                return field
        return fields[0] if len(fields) == 1 else None

    _asked_why: str | None = None

    def heading(self) -> float:
        """The help of a single field stands under the title, as the reason of the question."""
        active = self._active()
        self._asked_why = None
        if active is None or len(self.body.fields) > 1 or self.view.why or not active.help:
            return super().heading()
        if active.help == self.view.lead or (active.kind in ("text", "long_text") and not active.example):
            return super().heading()
        given, self._asked_why = self.view, active.help
        self.view = replace(given, why=active.help)
        bottom = super().heading()
        self.view = given
        return bottom

    def _build(self) -> None:
        active = self._active()
        self.box = self.count = None
        self.heading_room = 504
        if active is not None and active.kind in ("text", "long_text"):
            self.heading_room = 320 if len(self.body.fields) == 1 else 248
            if len(self.body.fields) == 1:
                self.heading_room += self._dock_top(active) - 744
            if active.kind == "long_text":
                self.heading_room -= 44
            if len(self.body.fields) == 1 and self._labelled(active):
                self.heading_room -= 52
        elif active is not None and (len(self.body.fields) > 1 or active.optional or active.help or active.error):
            self.heading_room = 342
        super()._build()

    def _dock_top(self, field: FieldView) -> float:
        """Pads and Latin letters need no candidates, so they stand lower and the field nearer to the hand."""
        return {"digits": 872.0, "id": 872.0, "decimal": 872.0, "latin": 836.0, "zh": 744.0}[field.keyboard]

    def _labelled(self, field: FieldView) -> bool:
        """A single field needs no label: the title asks for it. Several do, and one that may be left out says so."""
        return len(self.body.fields) > 1 or field.optional is not None

    def fill(self, top: float) -> None:
        """See the class."""
        active = self._active()
        if active is None:
            self._cards()
        elif active.kind in ("text", "long_text"):
            self._text_field(active, top)
        elif active.kind == "date":
            self._date_field(active, top)
        else:
            self._choice_field(active, top)

    def _strip_of_fields(self, active: FieldView, y: float) -> None:
        fields = self.body.fields
        width = (self.wide - 12 * (len(fields) - 1)) / len(fields)
        for number, field in enumerate(fields):
            x = self.left + number * (width + 12)
            now = field is active
            if now:
                continue
            done = bool(field.value or field.selected)
            icon = "error" if field.error else "tick" if done else None
            key = Key(
                self, self.theme, field.name, field.label, step="body", small=True, look="quiet",
                icon_left=icon, icon_px=36, stroke=4, padding_px=12,
            )  # fmt: skip
            self.add(key, x, y, width, 88)
        for number, field in enumerate(fields):
            if field is active:
                x = self.left + number * (width + 12)
                self.card(x, y, width, 80, fill="info_fill", line="selected_edge", line_px=5, radius=20)
                self.label(
                    x + 12, y, width - 24, 80, field.label, "body",
                    bold=True, colour="info_text", ground="info_fill", align="center", middle=True, max_lines=2,
                )  # fmt: skip

    def _field_head(self, field: FieldView, y: float) -> float:
        """Label (with "optional") over the field; gives back where the field starts."""
        if not self._labelled(field):
            return y
        text = field.label if not field.optional else f"{field.label}  {field.optional}"
        self.label(self.left, y, self.wide, 48, text, "small", bold=True, colour="ink_secondary", max_lines=1)
        return y + 52

    def _text_field(self, field: FieldView, top: float) -> None:
        several = len(self.body.fields) > 1
        dock_top = 756.0 if several else self._dock_top(field)
        foot_bottom = 632.0 if several else dock_top - 12
        if several:
            self._strip_of_fields(field, 652)
        note = field.error or field.example or field.help or ""
        counted = field.max_length <= 500 and field.keyboard in ("zh", "latin")
        room = self.wide - (180 if counted else 0)
        if field.error:
            foot = max(44.0, self.height_of(note, "small", self.wide - 56 - (180 if counted else 0), bold=True))
        else:
            foot = max(44.0, min(88.0, self.height_of(note, "small", room))) if note else 44.0
        if field.source and not field.error:
            foot += 44
        bottom = foot_bottom - foot - 12
        tall = 128.0 if several else 152.0
        y = self._field_head(field, max(top + 16, bottom - tall - 52 if self._labelled(field) else bottom - tall))
        lines = 1
        if field.kind == "long_text":
            y = self._field_head_top(field, top)
            lines = 4
        self.box = self.field_box(field, self.left, y, self.wide, max(112.0, bottom - y), active=True, lines=lines)
        line = bottom + 12
        if field.error:
            self.error_line(note, line + foot, width=room)
        else:
            if field.source:
                self._source(field.source, line, room)
                line += 44
            if note:
                self.label(self.left, line, room, foot_bottom - line, note, "small", colour="ink_secondary")
        if counted:
            self.count = self.label(
                self.left + self.wide - 170,
                foot_bottom - foot,
                170,
                44,
                "",
                "small",
                colour="ink_secondary",
                align="right",
            )
        self.dock(dock_top, field)

    def _source(self, source: str, y: float, room: float) -> None:
        """That the answer was filled in already, and from where."""
        text = filled_from(source, self.view.language)
        self.icon_at("fine", self.left, y + 4, 36, tint="surface")
        self.label(self.left + 48, y, room - 48, 44, text, "small", colour="accent_text", max_lines=1)

    def _field_head_top(self, field: FieldView, top: float) -> float:
        return top + 28 + (52 if self._labelled(field) else 0)

    def _above(self, field: FieldView, bottom: float) -> None:
        """Label, help and error of a field whose control fills the touch zone, ending at ``bottom``."""
        if field.error:
            bottom = self.error_line(field.error, bottom) - 8
        elif field.help and field.help not in (self.view.why, self.view.lead, self._asked_why):
            height = self.height_of(field.help, "small", self.wide)
            self.label(self.left, bottom - height, self.wide, height, field.help, "small", colour="ink_secondary")
            bottom -= height + 8
        if field.source and not field.error:
            self._source(field.source, bottom - 44, self.wide)
            bottom -= 48
        if len(self.body.fields) > 1 or field.optional:
            text = field.label if not field.optional else f"{field.label}  {field.optional}"
            self.label(self.left, bottom - 60, self.wide, 60, text, "lead", bold=True, max_lines=1)

    def _date_field(self, field: FieldView, top: float) -> None:
        several = len(self.body.fields) > 1
        if several:
            self._strip_of_fields(field, self.touch_top)
        begin = 752.0 if several else 744.0
        self._above(field, 624 if several else 716)
        fresh = "wheel" not in self.kept
        wheel = self.keep("wheel", lambda: DateWheel(self, self.theme))
        self.place(wheel, self.left, begin, self.wide, self.touch_bottom - begin)
        if fresh:
            wheel.picked.connect(lambda iso: self.context.emit(DatePicked(self._path, iso)))
        self._path = field.path
        wheel.setProperty("path", field.path)
        wheel.set_value(field.value or None, field.min_date, field.max_date, self.view.language)

    def _choice_field(self, field: FieldView, top: float) -> None:
        several = len(self.body.fields) > 1
        begin = float(self.touch_top)
        if several:
            self._strip_of_fields(field, self.touch_top)
            begin += 112
        self._cards_by_name, first = choice_stack(
            self, field.options, field.selected, multi=field.kind == "multi", top=begin
        )
        self._above(field, 624 if several else first - 24)

    def _cards(self) -> None:
        """No field is active: each as a box to press, near the hand."""
        fields = self.body.fields
        count = max(1, len(fields))
        per = min(276.0, (self.touch_bottom - self.touch_top) / count)
        y = self.touch_bottom - per * count
        for field in fields:
            foot = 52.0 if any(other.error or other.source for other in fields) else 0.0
            tall = min(136.0, per - 56 - foot - 16)
            text = field.label if not field.optional else f"{field.label}  {field.optional}"
            begin = y + per - tall - foot - 52 - 4
            self.label(self.left, begin, self.wide, 48, text, "small", bold=True, colour="ink_secondary", max_lines=1)
            box = self.field_box(field, self.left, begin + 52, self.wide, tall, active=False)
            chosen = [key.label for key in field.options if key.name in field.selected]
            box.set_text(field.value if field.kind not in ("choice", "multi") else "、".join(chosen))
            if field.error:
                self.error_line(field.error, begin + 52 + tall + 48)
            elif field.source:
                self._source(field.source, begin + 54 + tall, self.wide)
            y += per

    def refresh(self, view: ScreenView, body: FormBody) -> bool:
        """While only values move, the page stands still."""
        if replace(view, body=self.view.body) != self.view:
            return False
        before, after = self.body.fields, body.fields
        if len(before) != len(after):
            return False
        active = self._active()
        if active is None:
            return False
        for old, new in zip(before, after, strict=True):
            if replace(new, value=old.value) != old or (old is not active and new.value != old.value):
                return False
        self.body, self.view = body, view
        fresh = self._active()
        keyboard = self.keyboard()
        if fresh is not None and keyboard is not None and fresh.kind in ("text", "long_text"):
            self._take_value(keyboard, fresh.value)
            return True
        wheel = self.kept.get("wheel")
        if fresh is not None and isinstance(wheel, DateWheel):
            wheel.set_value(fresh.value or None, fresh.min_date, fresh.max_date, view.language)
            return True
        return False

    def wipe(self) -> None:
        """Overwrite the editors."""
        super().wipe()
        wheel = self.kept.get("wheel")
        if isinstance(wheel, DateWheel):
            wheel.set_value(None, None, None, self.view.language)


class SearchScreen(TypingScreen[SearchBody]):
    """The search field, the best finds right under it, the keyboard."""

    heading_room = 272.0
    FOUND = 3

    def fill(self, top: float) -> None:
        """Field in the reading zone, finds in the touch zone above the keyboard."""
        body = self.body
        field = FieldView(
            name="field.search", path="search", kind="text", label=body.placeholder, value=body.query, active=True,
            keyboard="zh" if self.theme.chinese else "latin", max_length=40,
        )  # fmt: skip
        y = max(top + 24, 420.0)
        self.icon_at("search", self.left + 28, y + 44, 64)
        self.box = self.field_box(field, self.left, y, self.wide, 152, active=True)
        self.box.set_look(active=True, error=False, placeholder=body.placeholder)
        self._results(636)
        self.dock(916, field)

    def _results(self, y: float) -> None:
        body = self.body
        if not body.results:
            if body.empty:
                self.icon_at("info", self.left, 664, 44)
                self.label(self.left + 64, 648, self.wide - 64, 220, body.empty, "body", colour="ink_secondary")
            return
        for number, view in enumerate(body.results[: self.FOUND]):
            card = ChoiceCard(
                self, self.theme, view.name, view.label, hint=None, icon_name=known_icon(view.icon, "document"),
                mark="forward", tag=view.tag, role="key",
            )  # fmt: skip
            card.setEnabled(view.enabled)
            self.add(card, self.left, self.touch_top + number * 90, self.wide, 80)

    def refresh(self, view: ScreenView, body: SearchBody) -> bool:
        """Finds come and go: the page is built anew around the keyboard, which stays."""
        return False


class SignScreen(Screen[SignBody]):
    """Declaration, a box that starts empty, and the area to sign in."""

    heading_room = 272.0

    def fill(self, top: float) -> None:
        """Paper text first, then box, then the area; the clear key stands over its right end."""
        body = self.body
        paragraphs(self, body.paragraphs, top + 20, 820, card=True)
        box = ChoiceCard(
            self, self.theme, body.box.name, body.box.label, hint=body.box.hint, mark="box", selected=body.ticked
        )
        box.setEnabled(body.box.enabled)
        self.add(box, self.left, 844, self.wide, 128)
        self.label(self.left, 992, self.wide - 260, 88, body.placeholder, "body", bold=True, middle=True)
        self.key(body.clear, self.left + self.wide - 240, 992, 240, 88, small=True, step="body", default_icon="delete")
        fresh = "pad" not in self.kept
        pad = self.keep("pad", lambda: SignaturePad(self, self.theme))
        self.place(pad, self.left, 1096, self.wide, 400)
        if fresh:
            pad.changed.connect(self._signed)
        pad.set_placeholder(body.placeholder)
        pad.set_strokes(body.strokes)

    def _signed(self, width: int, height: int, strokes: tuple[Stroke, ...]) -> None:
        self.context.emit(Signed(width, height, strokes))

    def wipe(self) -> None:
        """Forget the strokes."""
        pad = self.kept.get("pad")
        if isinstance(pad, SignaturePad):
            pad.set_strokes(())


__all__ = ["FormScreen", "SearchScreen", "SignScreen"]
