"""A layout, or a document that comes out of a decision, as PDF by ReportLab with embedded subset fonts.

The receipt is one page 80 mm wide and as long as it needs, with the same text runs as the 80 mm paper; the document
is A4. QR codes are drawn as vectors. Text can be copied and searched.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from kiosk.domain.receipt import CertificateDocument
from kiosk.texts import SOURCE, pick
from printing.characters import printable
from printing.fonts import FontStack
from printing.layout import MAX_QR_CHARS, PDF_COLUMNS, FitLine, FitRow, Gap, Layout, Qr, Rule, fit
from printing.sheet import ACCENT, HAIR, INK, LABEL, MM, Book, Pen, Run, draw_qr, embedding, new_canvas
from printing.words import Words

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

_PAGE_WIDTH = 80 * MM
_MARGIN = 4 * MM
_EM = (_PAGE_WIDTH - 2 * _MARGIN) / PDF_COLUMNS * 2
_LEADING = _EM * 1.42
_QR_SIDE = 34 * MM


def to_pdf(layout: Layout) -> bytes:
    """The receipt as a one-page PDF. The same layout gives the same bytes."""
    rows = fit(layout, PDF_COLUMNS)
    height = 2 * _MARGIN + sum(_row_height(row) for row in rows)
    out = io.BytesIO()
    canvas = new_canvas(out, (_PAGE_WIDTH, height), layout.title, layout.language)
    with embedding() as book:
        _draw_receipt(canvas, rows, height, Pen(canvas, layout.fonts, book, grid=True))
        canvas.save()
    return out.getvalue()


def document_to_pdf(document: CertificateDocument, fonts: FontStack | None = None) -> bytes:
    """A certificate on A4: title, number, labelled rows, note, issuer, day of issue and verify QR; more pages if
    needed.
    """
    with embedding() as book:
        return _Certificate(document, fonts or FontStack.discover(), book).draw()


def _draw_receipt(canvas: Canvas, rows: tuple[FitRow, ...], height: float, pen: Pen) -> None:
    y = height - _MARGIN
    for row in rows:
        y -= _row_height(row)
        match row:
            case FitLine():
                _receipt_line(pen, row, y)
            case Rule():
                canvas.setStrokeColorRGB(*HAIR)
                canvas.setLineWidth(0.7)
                canvas.setDash(3, 2)
                canvas.line(_MARGIN, y + _LEADING * 0.3, _PAGE_WIDTH - _MARGIN, y + _LEADING * 0.3)
            case Qr(payload=payload):
                draw_qr(canvas, payload, (_PAGE_WIDTH - _QR_SIDE) / 2, y, _QR_SIDE)
            case Gap():
                pass
    canvas.showPage()


def _row_height(row: FitRow) -> float:
    match row:
        case FitLine(double=double):
            return _LEADING * (2 if double else 1)
        case Rule():
            return _LEADING * 0.6
        case Gap(quarters=quarters):
            return _LEADING * quarters / 4
        case Qr():
            return _QR_SIDE


def _receipt_line(pen: Pen, line: FitLine, y: float) -> None:
    size = _EM * (2 if line.double else 1)
    width = pen.width(line.text, size)
    if width > _PAGE_WIDTH - 2 * _MARGIN:  # only where the stack has no face of half width for ASCII
        size *= (_PAGE_WIDTH - 2 * _MARGIN) / width
        width = _PAGE_WIDTH - 2 * _MARGIN
    x = (_PAGE_WIDTH - width) / 2 if line.align == "center" else _MARGIN
    label, value = line.text[: line.label_chars], line.text[line.label_chars :]
    runs = [Run(label, LABEL, False), Run(value, ACCENT if line.double else INK, line.bold)]
    pen.write(x, y + size * 0.32, size, [run for run in runs if run.text])


class _Certificate:
    """Draws one document; one call of `draw`."""

    _WIDTH = 210 * MM
    _HEIGHT = 297 * MM
    _SIDE = 25 * MM
    _LABEL_WIDTH = 42 * MM
    _FLOOR = 75 * MM
    _SIZE = 12.0

    def __init__(self, document: CertificateDocument, fonts: FontStack, book: Book) -> None:
        self._document = document
        self._marks: dict[str, None] = {}
        self._fonts = fonts
        self._languages = tuple(dict.fromkeys(document.languages)) or (SOURCE,)
        self._out = io.BytesIO()
        first = self._languages[0]
        title = self._clean(pick(document.title, first))
        self._canvas = new_canvas(self._out, (self._WIDTH, self._HEIGHT), title, first)
        self._pen = Pen(self._canvas, fonts, book, grid=False)
        self._y = 0.0

    def draw(self) -> bytes:
        self._frame()
        self._heading()
        for row in self._document.rows:
            label = [self._clean(pick(row.label, language)) for language in self._languages]
            self._row(list(dict.fromkeys(label)), self._clean(pick(row.value, self._languages[0])))
        self._rule(self._y)
        self._notes()
        self._signature()
        self._canvas.showPage()
        self._canvas.save()
        return self._out.getvalue()

    def _frame(self) -> None:
        canvas = self._canvas
        canvas.setDash()
        canvas.setStrokeColorRGB(*ACCENT)
        canvas.setLineWidth(1.6)
        canvas.rect(12 * MM, 12 * MM, self._WIDTH - 24 * MM, self._HEIGHT - 24 * MM)
        canvas.setLineWidth(0.5)
        canvas.rect(13.5 * MM, 13.5 * MM, self._WIDTH - 27 * MM, self._HEIGHT - 27 * MM)
        self._y = self._HEIGHT - 38 * MM

    def _heading(self) -> None:
        document = self._document
        for language in self._languages:
            size = 26.0 if language == self._languages[0] else 14.0
            title = self._clean(pick(document.title, language))
            size = min(size, size * (self._WIDTH - 2 * self._SIDE) / max(self._pen.width(title, size), 1.0))
            self._centre(title, size, bold=True, colour=ACCENT)
            self._y -= 9 * MM
        self._y -= 2 * MM
        number = self._words("document_no") + self._words("colon") + self._clean(document.number)
        self._centre(number, 11.0, bold=False, colour=LABEL)
        self._y -= 10 * MM

    def _row(self, labels: list[str], value: str) -> None:
        room = self._WIDTH - 2 * self._SIDE - self._LABEL_WIDTH
        lines = self._pen.wrapped(value, self._SIZE, room)
        label_lines = [(labels[0], self._SIZE - 1)] + [(label, 8.5) for label in labels[1:]]
        height = max(len(lines), len(label_lines)) * 6.6 * MM + 3.4 * MM
        if self._y - height < self._FLOOR:
            self._canvas.showPage()
            self._frame()
        self._rule(self._y)
        y = self._y - 7 * MM
        for order, (label, size) in enumerate(label_lines):
            self._pen.write(self._SIDE + 2 * MM, y - order * 5 * MM, size, [Run(label, LABEL, False)])
        for order, line in enumerate(lines):
            x = self._SIDE + self._LABEL_WIDTH
            self._pen.write(x, y - order * 6.6 * MM, self._SIZE, [Run(line, INK, False)])
        self._y -= height

    def _notes(self) -> None:
        document = self._document
        notes = [pick(document.note, language) for language in self._languages] if document.note else []
        texts = [self._clean(note) for note in dict.fromkeys(notes)]
        if self._marks:
            texts.append(self._words("missing", marks=" ".join(self._marks)))
        self._y -= 8 * MM
        for text in texts:
            for line in self._pen.wrapped(text, 10.0, self._WIDTH - 2 * self._SIDE):
                self._pen.write(self._SIDE, self._y, 10.0, [Run(line, LABEL, False)])
                self._y -= 5.6 * MM

    def _signature(self) -> None:
        document, words = self._document, self._words
        url = self._clean(document.verify_url)
        bottom = 26 * MM
        if url and len(url) <= MAX_QR_CHARS:
            draw_qr(self._canvas, url, self._SIDE - 4 * MM, bottom, 34 * MM)
            self._pen.write(self._SIDE, bottom - 4 * MM, 9.0, [Run(words("verify"), LABEL, False)])
        right = self._WIDTH - self._SIDE
        issuer = self._clean(pick(document.issuer, self._languages[0]))
        day = words("issued_on") + words("colon") + document.issued_on.isoformat()
        for text, y, bold in ((issuer, bottom + 16 * MM, True), (day, bottom + 8 * MM, False)):
            self._pen.write(right - self._pen.width(text, self._SIZE), y, self._SIZE, [Run(text, INK, bold)])

    @property
    def _words(self) -> Words:
        return Words(self._languages[0])

    def _centre(self, text: str, size: float, *, bold: bool, colour: tuple[float, float, float]) -> None:
        x = (self._WIDTH - self._pen.width(text, size)) / 2
        self._pen.write(x, self._y, size, [Run(text, colour, bold)])

    def _rule(self, y: float) -> None:
        self._canvas.setDash()
        self._canvas.setStrokeColorRGB(*HAIR)
        self._canvas.setLineWidth(0.5)
        self._canvas.line(self._SIDE, y, self._WIDTH - self._SIDE, y)

    def _clean(self, text: str) -> str:
        shown, marks = printable(text, self._fonts)
        if marks:
            self._marks.update(dict.fromkeys(marks))
        return shown


__all__ = ["document_to_pdf", "to_pdf"]
