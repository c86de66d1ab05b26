"""The fonts of everything printed: an ordered stack of TrueType faces that together cover CJK up to Extension F.

ReportLab embeds TrueType outlines only, so faces with CFF outlines (Noto CJK) are never taken here. The stack, in
order:

* WenQuanYi Zen Hei (and its Mono face for ASCII, whose half width makes the printer's grid of 12 and 24 dots)
* BabelStone Han: Chinese letter forms; the end of the URO, parts of Ext A-H
* HanaMinA and HanaMinB: the rest of Ext B-F
* LXGW WenKai, WenQuanYi Micro Hei, DejaVu Sans: taken where they are there, never needed

Only a face's cmap is read, only when the faces before it lack a character, and once per process.
"""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from kiosk.domain.errors import PaperError

FONT_ROOTS: tuple[str, ...] = ("/usr/share/fonts", "/usr/local/share/fonts")
"""Where distributions put fonts. `fc-list` is asked for what is not found there."""

DEBIAN_PACKAGES: tuple[str, ...] = ("fonts-wqy-zenhei", "fonts-babelstone-han", "fonts-hanazono")
"""The packages that give the whole stack, by the same names in Debian 12 and Ubuntu 24.04 (universe)."""

HAN_BLOCKS: Mapping[str, tuple[int, int]] = {
    "URO": (0x4E00, 0x9FFF),
    "Ext A": (0x3400, 0x4DBF),
    "Ext B": (0x20000, 0x2A6DF),
    "Ext C": (0x2A700, 0x2B739),
    "Ext D": (0x2B740, 0x2B81D),
    "Ext E": (0x2B820, 0x2CEA1),
    "Ext F": (0x2CEB0, 0x2EBE0),
}
"""First and last assigned code point (Unicode 15) of each block that the stack is held to."""

_FC_LIST_TIMEOUT_S = 5.0
_REMEMBERED = 8192
_LOG = logging.getLogger("kiosk.printing")


@dataclass(frozen=True, slots=True)
class FontFace:
    """One TrueType face: a file and the index of the face in it.

    `mono` faces are used for ASCII on the receipt's grid only. `thin` faces (Song, Mincho) have hairlines that a
    receipt printer would lose.
    """

    name: str
    path: str
    index: int = 0
    mono: bool = False
    thin: bool = False

    def covers(self, char: str) -> bool:
        """Has the face a glyph of its own for this character?"""
        codes = _cmap(self.path, self.index)
        at = bisect_left(codes, ord(char))
        return at < len(codes) and codes[at] == ord(char)


@dataclass(frozen=True, slots=True)
class _Known:
    file: str
    family: str
    index: int = 0
    mono: bool = False
    thin: bool = False


_KNOWN: tuple[_Known, ...] = (
    _Known("wqy-zenhei.ttc", "WenQuanYi Zen Hei", 0),
    _Known("wqy-zenhei.ttc", "WenQuanYi Zen Hei Mono", 1, mono=True),
    _Known("BabelStoneHan.ttf", "BabelStone Han", thin=True),
    _Known("HanaMinA.ttf", "HanaMinA", thin=True),
    _Known("HanaMinB.ttf", "HanaMinB", thin=True),
    _Known("LXGWWenKai-Regular.ttf", "LXGW WenKai"),
    _Known("wqy-microhei.ttc", "WenQuanYi Micro Hei", 0),
    _Known("DejaVuSans.ttf", "DejaVu Sans"),
)


class FontsMissing(PaperError):
    """No TrueType face that the stack knows is installed, so nothing can be drawn."""

    def __init__(self) -> None:
        super().__init__("no usable TrueType font; install: " + " ".join(DEBIAN_PACKAGES))


class FontStack:
    """An ordered set of faces. The first face that has a character draws it."""

    def __init__(self, faces: Iterable[FontFace]) -> None:
        self.faces = tuple(faces)
        if not self.faces:
            raise FontsMissing
        self._text = tuple(face for face in self.faces if not face.mono)
        self._mono = tuple(face for face in self.faces if face.mono)
        self._chosen: dict[tuple[str, bool], FontFace | None] = {}

    @classmethod
    def discover(cls, roots: Iterable[str] = FONT_ROOTS) -> FontStack:
        """Find the known faces under `roots`, and by fontconfig where it is installed.

        Raises FontsMissing when there is none.
        """
        files = _scan(tuple(roots), {known.file for known in _KNOWN})
        absent = {known.file for known in _KNOWN[:5]} - files.keys()
        if absent:
            files = {**_ask_fontconfig(absent), **files}
        return cls(
            FontFace(known.family, files[known.file], known.index, known.mono, known.thin)
            for known in _KNOWN
            if known.file in files
        )

    def face_for(self, char: str, *, grid: bool = False) -> FontFace | None:
        """The face that draws `char`, or None.

        With `grid`, ASCII comes from a face of half width where there is one.
        """
        key = (char, grid)
        if key not in self._chosen:
            if len(self._chosen) >= _REMEMBERED:
                self._chosen.clear()
            self._chosen[key] = self._choose(char, grid)
        return self._chosen[key]

    def missing(self, text: str) -> set[str]:
        """The characters of `text` that no face has. White space is never missing; private use always is."""
        return {char for char in text if not char.isspace() and self.face_for(char) is None}

    def coverage(self) -> dict[str, tuple[int, int]]:
        """Per block of HAN_BLOCKS: how many characters some face has, and how many there are."""
        figures = {}
        for block, (first, last) in HAN_BLOCKS.items():
            covered = sum(1 for code in range(first, last + 1) if self._choose(chr(code), False) is not None)
            figures[block] = (covered, last - first + 1)
        return figures

    def _choose(self, char: str, grid: bool) -> FontFace | None:
        # What a private-use code means is a matter between two parties; a glyph that happens to be there says nothing.
        if unicodedata.category(char) in ("Co", "Cs", "Cn") and not _is_han(char):
            return None
        order = self._mono + self._text if grid and char.isascii() else self._text + self._mono
        return next((face for face in order if face.covers(char)), None)


def _is_han(char: str) -> bool:
    # Python's own Unicode tables may be older than the font's: an ideograph it calls unassigned may still have a glyph.
    code = ord(char)
    return 0x3400 <= code <= 0x9FFF or 0x20000 <= code <= 0x3FFFD


def _scan(roots: tuple[str, ...], wanted: set[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for root in roots:
        for folder, subfolders, files in os.walk(root):
            subfolders.sort()
            for name in wanted.intersection(files):
                found.setdefault(name, str(Path(folder, name)))
    return found


def _ask_fontconfig(wanted: set[str]) -> dict[str, str]:
    program = shutil.which("fc-list")
    if program is None:
        return {}
    try:
        answer = subprocess.run(
            [program, "--format", "%{file}\n"], capture_output=True, timeout=_FC_LIST_TIMEOUT_S, check=False, text=True
        )
    except (OSError, subprocess.TimeoutExpired):
        return {}
    paths = sorted(Path(line) for line in answer.stdout.splitlines() if line)
    return {path.name: str(path) for path in reversed(paths) if path.name in wanted}


@lru_cache(maxsize=16)
def _cmap(path: str, index: int) -> array[int]:
    """The code points of a face in order; none when the file cannot be read or has no TrueType outlines.

    Kept as plain numbers (4 bytes each): the five faces have 190,000 of them.
    """
    from fontTools.ttLib import TTFont

    try:
        with open(path, "rb") as file, TTFont(file, fontNumber=index, lazy=True) as font:
            codes = sorted(font.getBestCmap() or {}) if "glyf" in font else []
    except Exception as error:
        # A damaged file fails the parser in any way it likes (struct, index, assertion); the next face takes over.
        _LOG.warning("font file %s cannot be read: %s", Path(path).name, type(error).__name__)
        codes = []
    return array("L", codes) if array("I").itemsize < 4 else array("I", codes)
