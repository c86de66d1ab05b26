"""A layout, or a document that comes out of a decision, as PDF by ReportLab with embedded subset fonts.

The receipt is one page 80 mm wide and as long as it needs, with the same text runs as the 80 mm paper; the document
is A4. QR codes are drawn as vectors. Text can be copied and searched, characters beyond U+FFFF included: see `_Book`.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from kiosk.domain.receipt import CertificateDocument
from printing.characters import printable
from printing.fonts import FontFace, FontStack
from printing.layout import MAX_QR_CHARS, PDF_COLUMNS, FitLine, FitRow, Gap, Layout, Qr, Rule, fit
from printing.qr import QUIET_MODULES, qr_matrix
from printing.words import CHINESE, Words, say, words_for
from printing.wrap import wrap

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

_MM = 72 / 25.4
_PAGE_WIDTH = 80 * _MM
_MARGIN = 4 * _MM
_EM = (_PAGE_WIDTH - 2 * _MARGIN) / PDF_COLUMNS * 2
_LEADING = _EM * 1.42
_QR_SIDE = 34 * _MM

_INK = (0.07, 0.17, 0.17)
_LABEL = (0.29, 0.39, 0.39)
_ACCENT = (0.04, 0.31, 0.30)
_HAIR = (0.60, 0.68, 0.67)
_BOLD_STROKE = 0.035
"""Width of the outline that makes a line bold, in em: the stack's Chinese faces come in one weight."""


def to_pdf(layout: Layout) -> bytes:
    """The receipt as a one-page PDF. The same layout gives the same bytes."""
    rows = fit(layout, PDF_COLUMNS)
    height = 2 * _MARGIN + sum(_row_height(row) for row in rows)
    out = io.BytesIO()
    canvas = _canvas(out, (_PAGE_WIDTH, height), layout.title, layout.language)
    with _embedding() as book:
        _draw_receipt(canvas, rows, height, _Pen(canvas, layout.fonts, book, grid=True))
        canvas.save()
    return out.getvalue()


def document_to_pdf(document: CertificateDocument, fonts: FontStack | None = None) -> bytes:
    """A certificate on A4: title, number, labelled rows, note, issuer, day of issue and verify QR; more pages if
    needed.
    """
    with _embedding() as book:
        return _Certificate(document, fonts or FontStack.discover(), book).draw()


def _draw_receipt(canvas: Canvas, rows: tuple[FitRow, ...], height: float, pen: _Pen) -> None:
    y = height - _MARGIN
    for row in rows:
        y -= _row_height(row)
        match row:
            case FitLine():
                _receipt_line(pen, row, y)
            case Rule():
                canvas.setStrokeColorRGB(*_HAIR)
                canvas.setLineWidth(0.7)
                canvas.setDash(3, 2)
                canvas.line(_MARGIN, y + _LEADING * 0.3, _PAGE_WIDTH - _MARGIN, y + _LEADING * 0.3)
            case Qr(payload=payload):
                _draw_qr(canvas, payload, (_PAGE_WIDTH - _QR_SIDE) / 2, y, _QR_SIDE)
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


def _receipt_line(pen: _Pen, line: FitLine, y: float) -> None:
    size = _EM * (2 if line.double else 1)
    width = pen.width(line.text, size)
    if width > _PAGE_WIDTH - 2 * _MARGIN:  # only where the stack has no face of half width for ASCII
        size *= (_PAGE_WIDTH - 2 * _MARGIN) / width
        width = _PAGE_WIDTH - 2 * _MARGIN
    x = (_PAGE_WIDTH - width) / 2 if line.align == "center" else _MARGIN
    label, value = line.text[: line.label_chars], line.text[line.label_chars :]
    runs = [_Run(label, _LABEL, False), _Run(value, _ACCENT if line.double else _INK, line.bold)]
    pen.write(x, y + size * 0.32, size, [run for run in runs if run.text])


@dataclass(frozen=True, slots=True)
class _Run:
    text: str
    colour: tuple[float, float, float]
    bold: bool


class _Pen:
    """Writes runs on one baseline, changing face where a character needs another one."""

    def __init__(self, canvas: Canvas, fonts: FontStack, book: _Book, *, grid: bool) -> None:
        self._canvas = canvas
        self._book = book
        self._fonts = fonts
        self._grid = grid

    def width(self, text: str, size: float) -> float:
        """Width in points."""
        return sum(float(self._book.font(face).stringWidth(part, size)) for face, part in self._parts(text))

    def write(self, x: float, y: float, size: float, runs: list[_Run]) -> None:
        """Write `runs` from `x` on baseline `y`, as one text object so that readers see one line."""
        text = self._canvas.beginText(x, y)
        for run in runs:
            text.setFillColorRGB(*run.colour)
            text.setStrokeColorRGB(*run.colour)
            text.setTextRenderMode(2 if run.bold else 0)
            for face, part in self._parts(run.text):
                text.setFont(self._book.font(face).fontName, size)
                text.textOut(part)
        self._canvas.saveState()
        self._canvas.setDash()
        self._canvas.setLineWidth(size * _BOLD_STROKE)
        self._canvas.drawText(text)
        self._canvas.restoreState()

    def _parts(self, text: str) -> Iterator[tuple[FontFace, str]]:
        # A space goes with its neighbours: changing face for it would only cut the line into more pieces.
        last: FontFace | None = None
        faced: list[tuple[FontFace, str]] = []
        for char in text:
            face = self._fonts.face_for(char, grid=self._grid) or self._fonts.faces[0]
            if char == " " and last is not None and not self._grid:
                face = last
            faced.append((face, char))
            last = face
        for face, group in groupby(faced, key=lambda pair: pair[0]):
            yield face, "".join(char for _, char in group)


class _Certificate:
    """Draws one document; one call of `draw`."""

    _WIDTH = 210 * _MM
    _HEIGHT = 297 * _MM
    _SIDE = 25 * _MM
    _LABEL_WIDTH = 42 * _MM
    _FLOOR = 75 * _MM
    _SIZE = 12.0

    def __init__(self, document: CertificateDocument, fonts: FontStack, book: _Book) -> None:
        self._document = document
        self._marks: dict[str, None] = {}
        self._fonts = fonts
        self._languages = tuple(dict.fromkeys(document.languages)) or (CHINESE,)
        self._out = io.BytesIO()
        first = self._languages[0]
        title = self._clean(say(document.title, first))
        self._canvas = _canvas(self._out, (self._WIDTH, self._HEIGHT), title, first)
        self._pen = _Pen(self._canvas, fonts, book, grid=False)
        self._y = 0.0

    def draw(self) -> bytes:
        self._frame()
        self._heading()
        for row in self._document.rows:
            label = [self._clean(say(row.label, language)) for language in self._languages]
            self._row(list(dict.fromkeys(label)), self._clean(say(row.value, self._languages[0])))
        self._rule(self._y)
        self._notes()
        self._signature()
        self._canvas.showPage()
        self._canvas.save()
        return self._out.getvalue()

    def _frame(self) -> None:
        canvas = self._canvas
        canvas.setDash()
        canvas.setStrokeColorRGB(*_ACCENT)
        canvas.setLineWidth(1.6)
        canvas.rect(12 * _MM, 12 * _MM, self._WIDTH - 24 * _MM, self._HEIGHT - 24 * _MM)
        canvas.setLineWidth(0.5)
        canvas.rect(13.5 * _MM, 13.5 * _MM, self._WIDTH - 27 * _MM, self._HEIGHT - 27 * _MM)
        self._y = self._HEIGHT - 38 * _MM

    def _heading(self) -> None:
        document = self._document
        for language in self._languages:
            size = 26.0 if language == self._languages[0] else 14.0
            title = self._clean(say(document.title, language))
            size = min(size, size * (self._WIDTH - 2 * self._SIDE) / max(self._pen.width(title, size), 1.0))
            self._centre(title, size, bold=True, colour=_ACCENT)
            self._y -= 9 * _MM
        self._y -= 2 * _MM
        number = f"{self._words.document_no}{self._words.colon}{self._clean(document.number)}"
        self._centre(number, 11.0, bold=False, colour=_LABEL)
        self._y -= 10 * _MM

    def _row(self, labels: list[str], value: str) -> None:
        room = self._WIDTH - 2 * self._SIDE - self._LABEL_WIDTH
        lines = self._wrapped(value, self._SIZE, room)
        label_lines = [(labels[0], self._SIZE - 1)] + [(label, 8.5) for label in labels[1:]]
        height = max(len(lines), len(label_lines)) * 6.6 * _MM + 3.4 * _MM
        if self._y - height < self._FLOOR:
            self._canvas.showPage()
            self._frame()
        self._rule(self._y)
        y = self._y - 7 * _MM
        for order, (label, size) in enumerate(label_lines):
            self._pen.write(self._SIDE + 2 * _MM, y - order * 5 * _MM, size, [_Run(label, _LABEL, False)])
        for order, line in enumerate(lines):
            x = self._SIDE + self._LABEL_WIDTH
            self._pen.write(x, y - order * 6.6 * _MM, self._SIZE, [_Run(line, _INK, False)])
        self._y -= height

    def _notes(self) -> None:
        document = self._document
        notes = [say(document.note, language) for language in self._languages] if document.note else []
        texts = [self._clean(note) for note in dict.fromkeys(notes)]
        if self._marks:
            texts.append(self._words.not_in_font(" ".join(self._marks)))
        self._y -= 8 * _MM
        for text in texts:
            for line in self._wrapped(text, 10.0, self._WIDTH - 2 * self._SIDE):
                self._pen.write(self._SIDE, self._y, 10.0, [_Run(line, _LABEL, False)])
                self._y -= 5.6 * _MM

    def _signature(self) -> None:
        document, words = self._document, self._words
        url = self._clean(document.verify_url)
        bottom = 26 * _MM
        if url and len(url) <= MAX_QR_CHARS:
            _draw_qr(self._canvas, url, self._SIDE - 4 * _MM, bottom, 34 * _MM)
            self._pen.write(self._SIDE, bottom - 4 * _MM, 9.0, [_Run(words.verify, _LABEL, False)])
        right = self._WIDTH - self._SIDE
        issuer = self._clean(say(document.issuer, self._languages[0]))
        day = f"{words.issued_on}{words.colon}{document.issued_on.isoformat()}"
        for text, y, bold in ((issuer, bottom + 16 * _MM, True), (day, bottom + 8 * _MM, False)):
            self._pen.write(right - self._pen.width(text, self._SIZE), y, self._SIZE, [_Run(text, _INK, bold)])

    @property
    def _words(self) -> Words:
        return words_for(self._languages[0])

    def _centre(self, text: str, size: float, *, bold: bool, colour: tuple[float, float, float]) -> None:
        x = (self._WIDTH - self._pen.width(text, size)) / 2
        self._pen.write(x, self._y, size, [_Run(text, colour, bold)])

    def _rule(self, y: float) -> None:
        self._canvas.setDash()
        self._canvas.setStrokeColorRGB(*_HAIR)
        self._canvas.setLineWidth(0.5)
        self._canvas.line(self._SIDE, y, self._WIDTH - self._SIDE, y)

    def _wrapped(self, text: str, size: float, room: float) -> list[str]:
        # Proportional letters are narrower than two columns an em on the whole; a line that is not is broken again,
        # tighter.
        width = int(room / size * 2)
        while width > 2:
            lines = wrap(text, width)
            if all(self._pen.width(line, size) <= room for line in lines):
                return lines
            width -= 1
        return wrap(text, 2)

    def _clean(self, text: str) -> str:
        shown, marks = printable(text, self._fonts)
        if marks:
            self._marks.update(dict.fromkeys(marks))
        return shown


def _canvas(out: io.BytesIO, size: tuple[float, float], title: str, language: str) -> Canvas:
    from reportlab.pdfgen.canvas import Canvas

    # invariant: no date and no random id in the file, so that the same content gives the same bytes.
    canvas = Canvas(out, pagesize=size, pageCompression=1, invariant=1, lang=language)
    canvas.setTitle(title)
    canvas.setAuthor("")
    canvas.setCreator("")
    canvas.setProducer("")
    return canvas


def _draw_qr(canvas: Canvas, payload: str, x: float, y: float, side: float) -> None:
    """A QR code with its quiet zone in a square of `side` points, horizontal runs of modules as one rectangle each."""
    matrix = qr_matrix(payload)
    module = side / (len(matrix) + 2 * QUIET_MODULES)
    path = canvas.beginPath()
    for order, row in enumerate(matrix):
        top = y + side - (QUIET_MODULES + order + 1) * module
        position = 0
        for black, group in groupby(row):
            length = len(tuple(group))
            if black:
                path.rect(x + (QUIET_MODULES + position) * module, top, length * module, module)
            position += length
    canvas.setFillColorRGB(0, 0, 0)
    canvas.drawPath(path, stroke=0, fill=1)
    if payload.startswith(("https://", "http://")):
        canvas.linkURL(payload, (x, y, x + side, y + side))


def to_unicode_cmap(name: str, subset: list[int]) -> str:
    """A ToUnicode CMap (ISO 32000-1, 9.10.3) for one subset: code -> UTF-16BE, a surrogate pair beyond U+FFFF."""
    pairs = [
        f"<{code:02X}> <{chr(point).encode('utf-16-be').hex().upper()}>" for code, point in enumerate(subset) if point
    ]
    blocks = []
    for start in range(0, len(pairs), 100):  # a block holds at most 100 entries
        block = pairs[start : start + 100]
        blocks += [f"{len(block)} beginbfchar", *block, "endbfchar"]
    return "\n".join(
        [
            "/CIDInit /ProcSet findresource begin",
            "12 dict begin",
            "begincmap",
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
            f"/CMapName /{name} def",
            "/CMapType 2 def",
            "1 begincodespacerange",
            "<00> <FF>",
            "endcodespacerange",
            *blocks,
            "endcmap",
            "CMapName currentdict /CMap defineresource pop",
            "end",
            "end",
        ]
    )


_LOCK = threading.Lock()
"""ReportLab knows fonts by name in one table of the process: one PDF is made at a time."""


@contextmanager
def _embedding() -> Iterator[_Book]:
    """The fonts of one PDF. They hold whole font files (51 MB for BabelStone Han), so they are let go afterwards."""
    with _LOCK:
        book = _Book()
        try:
            yield book
        finally:
            book.close()


class _Book:
    """The ReportLab fonts that one PDF has used so far.

    ReportLab writes a code point beyond U+FFFF into the ToUnicode map as five hex digits, which is no UTF-16: the
    character is drawn right and read wrong. The subclass here writes that map again after ReportLab has made its
    objects, and changes nothing else.
    """

    def __init__(self) -> None:
        self._fonts: dict[FontFace, Any] = {}

    def font(self, face: FontFace) -> Any:
        """The registered font of `face`, loaded at first use."""
        if face not in self._fonts:
            self._fonts[face] = self._load(face)
        return self._fonts[face]

    def close(self) -> None:
        """Forget every font."""
        for font in self._fonts.values():
            font.unregister()
        self._fonts.clear()

    @staticmethod
    def _load(face: FontFace) -> Any:
        from reportlab.pdfbase import pdfmetrics
        from reportlab.pdfbase.pdfdoc import PDFDocument
        from reportlab.pdfbase.ttfonts import SUBSETN, TTFont

        class ReadableFont(TTFont):  # type: ignore[misc]
            def addObjects(self, doc: PDFDocument) -> None:
                subsets = [list(subset) for subset in self.state[doc].subsets]
                super().addObjects(doc)
                for order, subset in enumerate(subsets):
                    name = b"".join((SUBSETN(order), b"+", self.face.name, self.face.subfontNameX)).decode("pdfdoc")
                    doc.idToObject["toUnicodeCMap:" + name].content = to_unicode_cmap(name, subset)

        font = ReadableFont(f"{face.name} {face.index}".replace(" ", "-"), face.path, subfontIndex=face.index)
        pdfmetrics.registerFont(font)
        return font


__all__ = ["document_to_pdf", "to_pdf", "to_unicode_cmap"]
