"""What a receipt says and in which order: a pure function from `Receipt` to rows of text runs.

`lay_out` decides words, order and emphasis once. `fit` breaks the same rows to a number of columns (32 on 58 mm
paper, 48 on 80 mm paper and in the PDF), so every form of a receipt carries the same text runs. Everything is cleaned
here: no row holds a control or bidi character, and what no font has stands as its code point.

A receipt in another language holds that language whole, then Chinese whole for the clerk, then one QR code.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import tzinfo
from typing import Literal

from kiosk.domain.paper import Align
from kiosk.domain.receipt import SLIPS, CertificateDocument, Receipt
from kiosk.domain.time import CHINA
from kiosk.texts import SOURCE, pick
from printing.characters import clean, columns, printable
from printing.fonts import FontStack
from printing.words import Words
from printing.wrap import longest_word, wrap

PDF_COLUMNS = 48
MAX_QR_CHARS = 300
"""A longer address would need modules too small for a phone; it is printed as text instead."""


@dataclass(frozen=True, slots=True)
class Line:
    """One text run. `double` asks for double size; with `whole` it is taken only if the text then still fits on one
    line.
    """

    text: str = field(repr=False)
    bold: bool = False
    double: bool = False
    align: Align = "left"
    whole: bool = False
    hang: int = 0


@dataclass(frozen=True, slots=True)
class Pair:
    """A label and its value, side by side where they fit. `label_columns` is where the value starts."""

    label: str
    value: str = field(repr=False)
    label_columns: int
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A dashed line across the paper."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Empty space, in quarters of a text line."""

    quarters: int


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR code (error correction M), centred."""

    payload: str


Row = Line | Pair | Rule | Gap | Qr


@dataclass(frozen=True, slots=True)
class Layout:
    """Rows from top to bottom. `fonts` is the stack the rows were checked against and are drawn with."""

    rows: tuple[Row, ...]
    language: str
    title: str
    missing: tuple[str, ...]
    fonts: FontStack = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class FitLine:
    """One line that fits. `label_chars` says how many of its first characters are a label."""

    text: str = field(repr=False)
    bold: bool
    double: bool
    align: Align
    label_chars: int = 0


FitRow = FitLine | Rule | Gap | Qr


def lay_out(receipt: Receipt, fonts: FontStack, zone: tzinfo = CHINA) -> Layout:
    """Lay out one receipt. Pure: the same receipt and fonts give the same rows. Times are shown in `zone`."""
    return _Writer(receipt, fonts, zone).write()


def fit(layout: Layout, width: int) -> tuple[FitRow, ...]:
    """The rows broken to `width` columns. No line takes more columns than that (a double one counts twice)."""
    fitted: list[FitRow] = []
    for row in layout.rows:
        if isinstance(row, Line):
            fitted.extend(_fit_line(row, width))
        elif isinstance(row, Pair):
            fitted.extend(_fit_pair(row, width))
        else:
            fitted.append(row)
    return tuple(fitted)


def to_text(layout: Layout, width: int | None = None, *, single: bool = False) -> str:
    """The receipt as plain text, one row a line, broken to `width` columns if given.

    A QR code stands as its content. With `single` a large line takes no more columns than another, as on a screen.
    """
    lines: list[str] = []
    layout = _single(layout) if single else layout
    for row in layout.rows if width is None else fit(layout, width):
        match row:
            case Line(text=text) | FitLine(text=text):
                lines.append(text)
            case Pair(label=label, value=value, label_columns=start):
                lines.append(_beside(label, value, start))
            case Rule():
                lines.append("-" * (width or PDF_COLUMNS))
            case Qr(payload=payload):
                lines.append(f"[QR] {payload}")
            case Gap():
                pass
    return "\n".join(lines) + "\n"


def _single(layout: Layout) -> Layout:
    """The same rows, none of them double."""
    return replace(
        layout, rows=tuple(replace(row, double=False) if isinstance(row, Line) else row for row in layout.rows)
    )


def _fit_line(row: Line, width: int) -> list[FitLine]:
    double = row.double
    if double and row.whole and 2 * columns(row.text) > width:
        double = False
    # A double line is broken on half the columns; kinsoku and whole words stay the same.
    room = width // 2 if double else width
    text, hang = row.text, row.hang
    if columns(text) - columns(text.lstrip(" ")) + longest_word(text.lstrip(" ")) > room:
        # An id that would fit without its indent is better whole than indented.
        text, hang = text.lstrip(" "), 0
    pieces = wrap(text, room, hang, by_clause=double)
    return [FitLine(piece, row.bold, double, row.align) for piece in pieces]


def _fit_pair(row: Pair, width: int) -> list[FitLine]:
    room = width - row.label_columns
    if columns(row.label) >= row.label_columns or longest_word(row.value) > room:
        label = [FitLine(text, False, False, "left", len(text)) for text in wrap(row.label, width)]
        whole = longest_word(row.value)
        # Below a label that is too long the value still stands in its column, where it has room there.
        indent = row.label_columns if whole <= room else 2 if whole <= width - 2 else 0
        value = wrap(row.value, width - indent)
        return label + [FitLine(" " * indent + text, row.bold, False, "left") for text in value]
    first, *others = wrap(row.value, room) or [""]
    lines = [FitLine(_beside(row.label, first, row.label_columns), row.bold, False, "left", len(row.label))]
    return lines + [FitLine(" " * row.label_columns + text, row.bold, False, "left") for text in others]


def _beside(label: str, value: str, start: int) -> str:
    return label + " " * max(start - columns(label), 1) + value


Weight = Literal["plain", "bold", "double"]


class _Writer:
    """Writes the rows of one receipt; one call of `write`."""

    def __init__(self, receipt: Receipt, fonts: FontStack, zone: tzinfo) -> None:
        self._receipt = receipt
        self._fonts = fonts
        self._zone = zone
        self._rows: list[Row] = []
        self._marks: dict[str, None] = {}

    def write(self) -> Layout:
        receipt = self._receipt
        languages = tuple(dict.fromkeys(receipt.languages)) or (SOURCE,)
        first = languages[0]
        if receipt.reprint:
            self._line("【" + "·".join(dict.fromkeys(self._reprints(languages))) + "】", "bold", "center")
        for position, language in enumerate(languages):
            if position:
                self._rows += [Gap(2), Rule(), Gap(2)]
            self._head(language)
            self._about(language)
            self._cases(language, main=position == 0)
            self._outcome(language)
            self._materials(language)
            self._deadlines(language)
            self._codes(language, main=position == 0)
            self._carry_on(language, main=position == 0)
            self._advice(language)
        self._tail(languages)
        marks = tuple(self._marks)
        if marks:
            self._rows += [Rule()]
            for language in languages:
                self._line(Words(language)("missing", marks=" ".join(marks)))
        title = self._clean(Words(first)(f"title_{receipt.kind}"))
        return Layout(tuple(self._rows), first, title, marks, self._fonts)

    def _reprints(self, languages: tuple[str, ...]) -> list[str]:
        # The mark that staff look for is the Chinese one, so it is there in any language.
        return [Words(SOURCE)("reprint")] + [Words(language)("reprint") for language in languages]

    def _head(self, language: str) -> None:
        receipt, words = self._receipt, Words(language)
        self._line(words("services", city=pick(receipt.city, language)), "plain", "center")
        self._line(words(f"title_{receipt.kind}"), "bold", "center")
        state = pick(receipt.state_line, language)
        if state.strip():
            self._rows.append(Gap(1))
            self._line(state, "double", "center")
        self._rows.append(Rule())

    def _about(self, language: str) -> None:
        receipt, words = self._receipt, Words(language)
        self._pair(words("item"), pick(receipt.item_title, language), words, bold=True)
        self._pair(words("item_code"), receipt.item_code, words)
        self._pair(words("holder"), receipt.holder_masked, words)
        self._pair(words("acts_for"), receipt.for_masked, words)
        at = receipt.at.astimezone(self._zone)
        self._pair(words("at_checklist" if receipt.kind in SLIPS else "at"), f"{at:%Y-%m-%d %H:%M}", words)
        self._pair(words("site"), pick(receipt.site, language), words)
        self._pair(words("terminal"), receipt.terminal, words)

    def _cases(self, language: str, *, main: bool) -> None:
        if not self._receipt.case_ids:
            return
        words = Words(language)
        first, *others = self._receipt.case_ids
        self._rows.append(Rule())
        self._line(words("case_id"), "plain", "center")
        self._line(first.case_id, "double" if main else "bold", "center", whole=True)
        number = words("ticket_no" if self._receipt.kind == "ticket" else "official_no")
        if first.official_no:
            if self._receipt.kind == "ticket":
                self._line(words("ticket_no"), "plain", "center")
                self._line(first.official_no, "double" if main else "bold", "center", whole=True)
            else:
                self._pair(number, first.official_no, words, bold=True)
        if first.office:
            self._pair(words("office"), pick(first.office, language), words)
        if others:
            self._rows.append(Gap(2))
            self._line(words("case_ids"), "bold")
        for order, case in enumerate(others, start=1):
            self._line(f"{order}. {pick(case.title, language)}", hang=3)
            if case.office:
                self._line(words("office") + words("colon") + pick(case.office, language), before="   ", hang=3)
            self._line(case.case_id, before="   ", hang=3)
            if case.state:
                self._line(pick(case.state, language), before="   ", hang=3)
            if case.official_no:
                self._line(number + words("colon") + case.official_no, before="   ", hang=3)

    def _outcome(self, language: str) -> None:
        receipt, words = self._receipt, Words(language)
        if receipt.result:
            self._rows.append(Rule())
            self._line(words("result"), "bold")
            for sentence in receipt.result:
                self._line(pick(sentence, language))
        if receipt.record:
            self._rows.append(Rule())
            self._line(words("record"), "bold")
            for row in receipt.record:
                self._pair(pick(row.label, language), pick(row.value, language), words)
        if receipt.document is not None:
            self._certificate(receipt.document, language)

    def _certificate(self, document: CertificateDocument, language: str) -> None:
        """The whole document: on a terminal without an A4 printer this slip is what the resident takes away."""
        words = Words(language)
        self._rows.append(Rule())
        self._line(words("document"), "plain", "center")
        self._line(pick(document.title, language), "bold", "center")
        self._pair(words("document_no"), document.number, words)
        for row in document.rows:
            self._pair(pick(row.label, language), pick(row.value, language), words)
        if document.note is not None:
            self._line(pick(document.note, language))
        self._pair(words("issuer"), pick(document.issuer, language), words)
        self._pair(words("issued_on"), document.issued_on.isoformat(), words)

    def _materials(self, language: str) -> None:
        receipt, words = self._receipt, Words(language)
        if not receipt.handed_in and not receipt.waived:
            return
        self._rows.append(Rule())
        if receipt.handed_in:
            self._line(words("bring" if receipt.kind == "checklist" else "handed_in"), "bold")
            for title in receipt.handed_in:
                self._line(f"- {pick(title, language)}", hang=2)
        if receipt.waived:
            self._line(words("waived"), "bold")
            for waived in receipt.waived:
                self._line(f"- {pick(waived.title, language)}", hang=2)
                self._line(pick(waived.why, language), before="  ", hang=2)

    def _deadlines(self, language: str) -> None:
        receipt, words = self._receipt, Words(language)
        if not receipt.deadlines:
            return
        self._rows.append(Rule())
        self._line(words("deadlines"), "bold")
        for deadline in receipt.deadlines:
            self._pair(pick(deadline.label, language), words("workdays", count=deadline.workdays), words)
            if deadline.by is not None:
                self._pair("", words("by", day=deadline.by.isoformat()), words)

    def _codes(self, language: str, *, main: bool) -> None:
        """Each code stands by itself, big, so that it can be torn off, read out, typed or scanned."""
        words = Words(language)
        for code in self._receipt.codes:
            self._rows.append(Rule())
            self._line(words("come_back"), "bold", "center")
            self._line(pick(code.title, language), align="center")
            self._line(code.code, "double" if main else "bold", "center", whole=True)
            self._line(words("by", day=code.due_on.isoformat()), "bold", "center")
            self._line(pick(code.bring, language))
            if main:
                self._rows += [Gap(1), Qr(clean(code.code))]

    def _carry_on(self, language: str, *, main: bool) -> None:
        """One code for whoever put the work by; half a key is in it, so it stands nowhere as text."""
        work, words = self._receipt.carry_on, Words(language)
        if work is None:
            return
        self._rows.append(Rule())
        self._line(words("go_on"), "bold", "center")
        if main:
            self._rows += [Gap(1), Qr(clean(work.code)), Gap(1)]
        until = work.until.astimezone(self._zone)
        self._pair(words("until"), f"{until:%Y-%m-%d %H:%M}", words, bold=True)
        self._pair(words("bring_along"), pick(work.bring, language), words)
        self._pair(words("where"), pick(work.where, language), words)

    def _advice(self, language: str) -> None:
        receipt, words = self._receipt, Words(language)
        if not receipt.notes and not receipt.ask_at:
            return
        self._rows.append(Rule())
        for note in receipt.notes:
            self._line(pick(note, language))
        for place in receipt.ask_at:
            self._pair(words("ask_at"), pick(place, language), words)

    def _tail(self, languages: tuple[str, ...]) -> None:
        receipt = self._receipt
        url = clean(receipt.progress_url)
        if url:
            self._rows += [Rule(), Gap(1)]
            if len(url) <= MAX_QR_CHARS:
                self._rows.append(Qr(url))
            for language in languages:
                self._line(Words(language)("scan"), "bold", "center")
            if len(url) > MAX_QR_CHARS:
                self._line(url)
        else:
            self._rows.append(Rule())
        if not receipt.trace_id:
            return
        labels = " / ".join(dict.fromkeys(Words(language)("trace_id") for language in languages))
        self._line(labels, "plain", "center")
        self._line(receipt.trace_id, "plain", "center")

    def _pair(self, label: str, value: str, words: Words, *, bold: bool = False) -> None:
        shown = self._clean(value)
        if shown:
            self._rows.append(Pair(self._clean(label), shown, words.label_columns, bold))

    def _line(
        self,
        text: str,
        weight: Weight = "plain",
        align: Align = "left",
        *,
        whole: bool = False,
        hang: int = 0,
        before: str = "",
    ) -> None:
        shown = self._clean(text)
        if shown:
            self._rows.append(Line(before + shown, weight != "plain", weight == "double", align, whole, hang))

    def _clean(self, text: str) -> str:
        shown, marks = printable(text, self._fonts)
        self._marks.update(dict.fromkeys(marks))
        return shown


__all__ = ["CHINA", "FitLine", "FitRow", "Gap", "Layout", "Line", "Pair", "Qr", "Rule", "fit", "lay_out", "to_text"]
