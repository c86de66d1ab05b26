"""What every PDF here is written with: a canvas without date or random id, a pen that changes faces, QR vectors.

Text can be copied and searched, characters beyond U+FFFF included: see `Book`.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from printing.fonts import FontFace, FontStack
from printing.qr import QUIET_MODULES, qr_matrix
from printing.wrap import wrap

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

MM = 72 / 25.4
INK = (0.07, 0.17, 0.17)
LABEL = (0.29, 0.39, 0.39)
ACCENT = (0.04, 0.31, 0.30)
HAIR = (0.60, 0.68, 0.67)
_BOLD_STROKE = 0.035
"""Width of the outline that makes a line bold, in em: the stack's Chinese faces come in one weight."""


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of one line in one colour."""

    text: str
    colour: tuple[float, float, float]
    bold: bool


class Pen:
    """Writes runs on one baseline, changing face where a character needs another one."""

    def __init__(self, canvas: Canvas, fonts: FontStack, book: Book, *, grid: bool) -> None:
        self._canvas = canvas
        self._book = book
        self._fonts = fonts
        self._grid = grid

    def width(self, text: str, size: float) -> float:
        """Width in points."""
        return sum(float(self._book.font(face).stringWidth(part, size)) for face, part in self._parts(text))

    def write(self, x: float, y: float, size: float, runs: list[Run]) -> None:
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

    def wrapped(self, text: str, size: float, room: float) -> list[str]:
        """`text` broken so that no line is wider than `room` points."""
        # Proportional letters are narrower than two columns an em on the whole; a line that is not is broken again,
        # tighter.
        width = int(room / size * 2)
        while width > 2:
            lines = wrap(text, width)
            if all(self.width(line, size) <= room for line in lines):
                return lines
            width -= 1
        return wrap(text, 2)

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


def new_canvas(out: io.BytesIO, size: tuple[float, float], title: str, language: str) -> Canvas:
    """An empty PDF of this page size (points). The same content gives the same bytes."""
    from reportlab.pdfgen.canvas import Canvas

    # invariant: no date and no random id in the file, so that the same content gives the same bytes.
    canvas = Canvas(out, pagesize=size, pageCompression=1, invariant=1, lang=language)
    canvas.setTitle(title)
    canvas.setAuthor("")
    canvas.setCreator("")
    canvas.setProducer("")
    return canvas


def draw_qr(canvas: Canvas, payload: str, x: float, y: float, side: float) -> None:
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
def embedding() -> Iterator[Book]:
    """The fonts of one PDF. They hold whole font files (51 MB for BabelStone Han), so they are let go afterwards."""
    with _LOCK:
        book = Book()
        try:
            yield book
        finally:
            book.close()


class Book:
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
