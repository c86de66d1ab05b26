"""Filling in: fields with the docked keyboard, dates, choices."""

from __future__ import annotations

from dataclasses import replace

from kiosk.flow.events import DatePicked
from kiosk.flow.view import FieldView, FormBody, ScreenView
from ui.kit.date_wheel import DateWheel
from ui.kit.keys import Key
from ui.kit.words import filled_from, main_clause
from ui.screens.ask import choice_stack
from ui.screens.cards import card_boxes
from ui.screens.docked import TypingScreen
from ui.screens.notices import error_line


class FormScreen(TypingScreen[FormBody]):
    """One to three fields; the active one with its keyboard, wheel or answers, the others as a strip of keys."""

    def _active(self) -> FieldView | None:
        fields = self.body.fields
        for field in fields:
            if field.active:
                return field
        # A text that was given before is only looked at until it is pressed: others may look on.
        return fields[0] if len(fields) == 1 and fields[0].kind not in ("text", "long_text") else None

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

    @property
    def pictured_above(self) -> bool:  # type: ignore[override]
        """What is typed, and what a control needs said, is read above the controls."""
        active = self._active()
        return active is None or (active.kind not in ("text", "long_text") and not self._above_height(active))

    def _build(self) -> None:
        self.box = self.count = None
        self.heading_room = self.heading_end() - 128 if not (self.frame.beside or self.frame.low) else 504
        super()._build()

    def heading_end(self) -> float:
        """What stands between heading and controls of the active field has its room first."""
        active, several = self._active(), len(self.body.fields) > 1
        if self.frame.beside:
            end = self.frame.reading.bottom
            return end if active is None or not several else self._strip_top() - 24
        if active is None:
            return super().heading_end()
        if active.kind in ("text", "long_text"):
            need = 256.0 if several else 284.0
            if active.kind == "long_text":
                need += self._line
            if not several and self._labelled(active):
                need += self._head
            need += 2 * (self._line - 44)
            return self._field_bottom(active) - need
        if several or active.optional or active.help or active.error:
            return self.touch_top - (184.0 if self.frame.low else 170.0)
        return self.frame.reading.bottom

    @property
    def _line(self) -> float:
        """Height of a line of small type, 44 where type has its usual size."""
        return float(max(44, self.theme.step("small").line_height_px))

    @property
    def _head(self) -> float:
        """Height of a label over its box."""
        return self._line + 8

    @property
    def _title_line(self) -> float:
        """Height of the label of a control that fills the touch zone."""
        return float(max(60, self.theme.step("lead").line_height_px))

    def _dock_top(self, field: FieldView) -> float:
        """Where the band of the keyboard begins; low where low keys are wanted, and pads and Latin letters, which have
        no candidates, stand lower than pinyin."""
        several = len(self.body.fields) > 1
        if self.frame.beside:
            if self.frame.low:
                return self.touch_top - 20
            head = (self._head if self._labelled(field) else 0) + (self._line if field.source else 0)
            need = 128 + head + 112 + 12 + 2 * self._line + 24
            # Candidates stand higher than the modes alone: the rows of keys below them keep their least height.
            least = 464 if field.keyboard == "zh" else 456
            return max(self.frame.counter.top - 580, min(need, self.frame.counter.top - least))
        if self.frame.low:
            return self.touch_top + (96 if several else -20)
        if several:
            return 756.0
        return {"digits": 872.0, "id": 872.0, "decimal": 872.0, "latin": 836.0, "zh": 744.0}[field.keyboard]

    def _field_bottom(self, field: FieldView) -> float:
        """Box and note of the field being written end here."""
        if len(self.body.fields) > 1 and not self.frame.beside:
            return self.touch_top - (12 if self.frame.low else 8)
        return self._dock_top(field) - 12

    def _strip_top(self) -> float:
        """Where the keys of several fields begin: in a row over the keyboard, or one below the other in the column."""
        count = len(self.body.fields)
        if self.frame.beside:
            return self.frame.reading.bottom - 88 * count - 12 * (count - 1)
        return self.touch_top if self.frame.low else 652.0

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

    def _strip_of_fields(self, active: FieldView, y: float | None = None) -> None:
        fields = self.body.fields
        column = self.frame.reading if self.frame.beside else self.frame.touch
        top = self._strip_top() if y is None or self.frame.beside else y
        across = 1 if self.frame.beside else len(fields)
        width = (column.width - 12 * (across - 1)) / across
        for number, field in enumerate(fields):
            x = column.left + number % across * (width + 12)
            at = top + number // across * (88 + 12)
            if field is active:
                tall = 88 if self.frame.beside else 80
                self.card(x, at, width, tall, fill="info_fill", line="selected_edge", line_px=5, radius=20)
                self.label(
                    x + 12, at, width - 24, tall, field.label, "body",
                    bold=True, colour="info_text", ground="info_fill", align="center", middle=True, max_lines=2,
                )  # fmt: skip
                continue
            done = bool(field.value or field.selected)
            icon = "error" if field.error else "tick" if done else None
            key = Key(
                self, self.theme, field.name, field.label, step="body", small=True, look="quiet",
                icon_left=icon, icon_px=36, stroke=4, padding_px=12,
            )  # fmt: skip
            self.add(key, x, at, width, 88)

    def _field_head(self, field: FieldView, y: float) -> float:
        """Label (with "optional") over the field; gives back where the field starts."""
        if not self._labelled(field):
            return y
        text = field.label if not field.optional else f"{field.label}  {field.optional}"
        self.label(self.left, y, self.wide, self._head - 4, text, "small", bold=True, colour="ink_secondary",
                   max_lines=1)  # fmt: skip
        return y + self._head

    def _text_field(self, field: FieldView, top: float) -> None:
        several = len(self.body.fields) > 1
        foot_bottom = self._field_bottom(field)
        if several:
            self._strip_of_fields(field)
        note = field.error or field.example or field.help or ""
        counted = field.max_length <= 500 and field.keyboard in ("zh", "latin")
        room = self.wide - (180 if counted else 0)
        if field.error:
            foot = max(self._line, self.height_of(note, "small", self.wide - 56 - (180 if counted else 0), bold=True))
        else:
            foot = max(self._line, min(2 * self._line, self.height_of(note, "small", room))) if note else self._line
        if field.source and not field.error:
            foot += self._line
        bottom = foot_bottom - foot - 12
        tall = 128.0 if several else 152.0
        head = self._head if self._labelled(field) else 0.0
        begin = top + 24 if self.frame.beside else max(top + 16, bottom - tall - head)
        y = self._field_head(field, begin)
        lines = 1
        if field.kind == "long_text":
            y = self._field_head_top(field, top)
            lines = 4
        least = 84.0 if self.frame.beside else 112.0
        self.box = self.field_box(field, self.left, y, self.wide, max(least, bottom - y), active=True, lines=lines)
        line = bottom + 12
        if field.error:
            error_line(self, note, line + foot, width=room)
        else:
            if field.source:
                self._source(field.source, line, room)
                line += self._line
            if note:
                self.label(self.left, line, room, foot_bottom - line, note, "small", colour="ink_secondary")
        if counted:
            self.count = self.label(
                self.left + self.wide - 170,
                foot_bottom - foot,
                170,
                self._line,
                "",
                "small",
                colour="ink_secondary",
                align="right",
            )
        self.dock(self._dock_top(field), field)

    def _source(self, source: str, y: float, room: float, *, x: float | None = None, height: float = 0) -> None:
        """That the answer was filled in already, and from where."""
        lines = 2 if height > 70 else 1
        text = filled_from(source, self.view.language)
        if self.width_of(text, "small") > (room - 48) * lines:
            text = filled_from(main_clause(source), self.view.language)
        if self.lines_of(text, "caption", room - 48) > lines:
            text = main_clause(source)
        x = self.left if x is None else x
        self.icon_at("fine", x, y + 4, 36, tint="surface")
        height = max(height, self._line)
        self.label(x + 48, y, room - 48, height, text, "small", colour="accent_text", tight=height > 70,
                   max_lines=lines)  # fmt: skip

    def _field_head_top(self, field: FieldView, top: float) -> float:
        return top + (24 if self.frame.beside else 28) + (self._head if self._labelled(field) else 0)

    def _above(self, field: FieldView, bottom: float) -> None:
        """Label, help and error of a field whose control fills the touch zone, ending at ``bottom``."""
        if field.error:
            bottom = error_line(self, field.error, bottom) - 8
        elif help_ := self._own_help(field):
            height = self.height_of(help_, "small", self.wide)
            self.label(self.left, bottom - height, self.wide, height, help_, "small", colour="ink_secondary")
            bottom -= height + 8
        if field.source and not field.error:
            self._source(field.source, bottom - self._line, self.wide)
            bottom -= self._line + 4
        if self._labelled(field):
            text = field.label if not field.optional else f"{field.label}  {field.optional}"
            tall = self._title_line
            self.label(self.left, bottom - tall, self.wide, tall, text, "lead", bold=True, max_lines=1)

    def _own_help(self, field: FieldView) -> str | None:
        """Help that is not in the heading already."""
        return field.help if field.help not in (self.view.why, self.view.lead, self._asked_why) else None

    def _above_height(self, field: FieldView) -> float:
        """Height of what :meth:`_above` writes, with the gap below it; 0 when there is nothing."""
        height = 0.0
        if field.error:
            height += self.height_of(field.error, "small", self.wide - 56, bold=True) + 8
        elif help_ := self._own_help(field):
            height += self.height_of(help_, "small", self.wide) + 8
        if field.source and not field.error:
            height += self._line + 4
        if self._labelled(field):
            height += self._title_line
        return height + 20 if height else 0.0

    def _control_top(self, field: FieldView) -> float:
        """Where the control of a field begins that fills the touch zone."""
        if self.frame.beside and not self.frame.low:
            return self.touch_top + self._above_height(field)
        several = len(self.body.fields) > 1 and not self.frame.beside
        return self.touch_top + (112 if several else 0)

    def _date_field(self, field: FieldView, top: float) -> None:
        several = len(self.body.fields) > 1
        if several:
            self._strip_of_fields(field, self.touch_top)
        begin = self._control_top(field)
        if not (self.frame.beside or self.frame.low):
            begin = 752.0 if several else 744.0
        if self.frame.beside:
            self._above(field, begin - 20)
        elif self.frame.low:
            self._above(field, self.touch_top - 24)
        else:
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
        if several:
            self._strip_of_fields(field, self.touch_top)
        self._cards_by_name, first = choice_stack(
            self, field.options, field.selected, multi=field.kind == "multi", top=self._control_top(field)
        )
        row_above = several and not self.frame.beside
        self._above(field, self.touch_top - 16 if row_above else first - 24)

    def _cards(self) -> None:
        """No field is active: each as a box to press, near the hand."""
        fields = self.body.fields
        boxes = card_boxes(self, len(fields), self.touch_top, self.touch_bottom, most=260, least=176)
        footed = any(field.error or field.source for field in fields)
        for field, (x, y, width, per) in zip(fields, boxes, strict=True):
            head = self._head
            foot = (80.0 if width < 520 else head) if footed else 0.0
            tall = min(136.0, per - head - foot)
            text = field.label if not field.optional else f"{field.label}  {field.optional}"
            begin = y + per - tall - foot - head
            self.label(x, begin, width, head - 4, text, "small", bold=True, colour="ink_secondary", max_lines=1)
            box = self.field_box(field, x, begin + head, width, tall, active=False)
            chosen = [key.label for key in field.options if key.name in field.selected]
            box.set_text(field.value if field.kind not in ("choice", "multi") else "、".join(chosen))
            if field.error:
                error_line(self, field.error, begin + head + tall + head - 4, x=x, width=width)
            elif field.source:
                self._source(field.source, begin + head + 2 + tall, width, x=x, height=foot - 6)

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
