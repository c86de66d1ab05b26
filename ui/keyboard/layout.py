"""Which key stands where: rows of key descriptions, and the arithmetic that turns them into rectangles. Pure; no Qt.

Distances are design pixels (see :mod:`ui.kit.theme`). The picture this follows has letters of 94 x 112 with gaps of 10
and 16 on a strip 1032 wide; on a narrower or lower area keys shrink evenly, never below 76 (19 mm).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Mode = Literal["zh", "abc", "123", "pad", "pad_x", "pad_point"]
KeyboardKind = Literal["zh", "latin", "digits", "id", "decimal"]
KeyLook = Literal["letter", "function", "word", "space"]

MODES: dict[KeyboardKind, tuple[Mode, ...]] = {
    "zh": ("zh", "abc", "123"),
    "latin": ("abc", "123"),
    "digits": ("pad",),
    "id": ("pad_x",),
    "decimal": ("pad_point",),
}
"""The modes a field may be typed in, as they stand in the mode strip."""

MODE_LABELS: dict[Mode, str] = {
    "zh": "拼音",
    "abc": "ABC",
    "123": "123",
    "pad": "123",
    "pad_x": "123",
    "pad_point": "123",
}

SYMBOL_NAMES = {
    "，": "comma", ",": "comma", "。": "period", ".": "period", "·": "middle-dot", "、": "pause", "？": "question",
    "?": "question", "！": "exclamation", "!": "exclamation", "：": "colon", ":": "colon", "；": "semicolon",
    ";": "semicolon", "（": "paren-open", "(": "paren-open", "）": "paren-close", ")": "paren-close",
    "“": "quote-open", "”": "quote-close", "《": "title-open", "》": "title-close",
    "-": "hyphen", "/": "slash", "#": "hash", "%": "percent",
    "@": "at", "+": "plus", "&": "and", "*": "star", "_": "underscore", "'": "apostrophe", '"': "quote", "=": "equals",
}  # fmt: skip
"""Second part of a symbol key's control name (``key.comma``). One name serves both forms."""


@dataclass(frozen=True, slots=True)
class KeySpec:
    """One key: ``name`` without the leading ``key.``, what it shows, what it types ("" = it does something else)."""

    name: str
    label: str
    types: str = ""
    weight: float = 1.0
    look: KeyLook = "letter"


@dataclass(frozen=True, slots=True)
class Row:
    """Keys side by side; ``indent``: keys are a tenth of the width each and stand in the middle."""

    keys: tuple[KeySpec, ...]
    indent: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in design pixels."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Zones:
    """Where the strips (None = not there) and the rows of keys lie."""

    modes: Box | None
    candidates: Box | None
    rows: tuple[Box, ...]


def _letters(letters: str, upper: bool) -> tuple[KeySpec, ...]:
    return tuple(
        KeySpec(letter, letter.upper() if upper else letter, letter.upper() if upper else letter) for letter in letters
    )


def _symbols(symbols: str) -> tuple[KeySpec, ...]:
    # A Latin full stop beside the Chinese one needs a name of its own.
    return tuple(KeySpec(_symbol_name(symbol, symbols), symbol, symbol) for symbol in symbols)


def _symbol_name(symbol: str, row: str) -> str:
    if symbol.isdigit():
        return symbol
    return "dot" if symbol == "." and "：" in row else SYMBOL_NAMES[symbol]


DELETE = KeySpec("delete", "", weight=1.55, look="function")


def _last_row(first: str, second: str, third: str, fourth: str, multiline: bool) -> Row:
    enter = KeySpec("enter", "", weight=1.7, look="word")
    last = (enter,) if multiline else _symbols(fourth)
    space = KeySpec("space", "", weight=3.6, look="space")
    return Row((*_symbols(first), *_symbols(second), space, *_symbols(third), *last))


PADS: dict[Mode, KeySpec] = {
    "pad": KeySpec("", ""),
    "pad_x": KeySpec("X", "X", "X"),
    "pad_point": KeySpec("period", ".", "."),
}
"""The number pads, and what stands at the left of their nought."""


def rows_of(mode: Mode, *, chinese: bool, multiline: bool, upper: bool) -> tuple[Row, ...]:
    """The rows of keys of a mode. ``chinese``: signs of a Chinese page; ``upper``: shift is on."""
    if mode in PADS:
        digits = [tuple(KeySpec(digit, digit, digit) for digit in line) for line in ("123", "456", "789")]
        last = (PADS[mode], KeySpec("0", "0", "0"), KeySpec("delete", "", look="function"))
        return (*(Row(line) for line in digits), Row(last))
    if mode == "123":
        if chinese:
            second, third, ends = "-/.：；（）、“”", "！？#%@《》+", ("", "，", "。", "")
        else:
            second, third, ends = "-/:;()'\"_=", "!?#%@&+*", ("", ",", ".", "")
        return (
            Row(_symbols("1234567890")),
            Row(_symbols(second)),
            Row((*_symbols(third), DELETE)),
            _last_row(*ends, multiline),
        )
    composing = mode == "zh"
    left = (
        KeySpec("split", "", weight=1.55, look="word")
        if composing
        else KeySpec("shift", "", weight=1.55, look="function")
    )
    ends = ("·", "，", "。", "？") if composing else ("'", ",", ".", "-")
    return (
        Row(_letters("qwertyuiop", upper)),
        Row(_letters("asdfghjkl", upper), indent=True),
        Row((left, *_letters("zxcvbnm", upper), DELETE)),
        _last_row(*ends, multiline),
    )


KEY_GAP = 10.0
MAX_ROW = 120.0
MAX_PAD_ROW = 136.0
MAX_PAD_WIDTH = 1040.0
TOGETHER_WIDTH = 1150.0
LEAST_ROW = 76.0
LEAST_CELL = 92.0


def zones(kind: KeyboardKind, width: float, height: float) -> Zones:
    """Divide the area, filled from the bottom up so that keys lie near the hand.

    Where it is low, or wide enough, the modes stand left of the candidates in one strip's height.
    """
    roomy = height >= 700
    gap = 16.0 if roomy else 12.0 if height >= 480 else 10.0
    mode_height, candidate_height = (96.0, 104.0) if roomy else (80.0, 88.0)
    if kind in ("digits", "id", "decimal"):
        row = min(MAX_PAD_ROW, (height - 3 * gap) / 4)
        top = height - 4 * row - 3 * gap
        pad = min(width, MAX_PAD_WIDTH)
        return Zones(None, None, tuple(Box((width - pad) / 2, top + n * (row + gap), pad, row) for n in range(4)))
    strips = mode_height + gap + (candidate_height + gap if kind == "zh" else 0)
    together = kind == "zh" and (width >= TOGETHER_WIDTH or (height - strips - 3 * gap) / 4 < LEAST_ROW)
    if together:
        strips = candidate_height + gap
    row = min(MAX_ROW, (height - strips - 3 * gap) / 4)
    top = height - strips - 4 * row - 3 * gap
    first = top + strips
    rows = tuple(Box(0, first + n * (row + gap), width, row) for n in range(4))
    if together:
        share = max(3 * LEAST_CELL, width * 0.28)
        modes = Box(0, top, share, candidate_height)
        return Zones(modes, Box(share + gap, top, width - share - gap, candidate_height), rows)
    modes = Box(0, top, width, mode_height)
    candidates = Box(0, top + mode_height + gap, width, candidate_height) if kind == "zh" else None
    return Zones(modes, candidates, rows)


def place(row: Row, area: Box) -> tuple[tuple[KeySpec, Box], ...]:
    """The keys of one row with their boxes.

    In a row of ten places a plain key takes one; the wide keys share what is left by weight. Pads divide evenly.
    """
    gaps = KEY_GAP * (len(row.keys) - 1)
    wide = sum(key.weight for key in row.keys if key.weight != 1)
    plain = sum(1 for key in row.keys if key.weight == 1)
    if wide or row.indent:
        unit = (area.width - 9 * KEY_GAP) / 10
        rest = (area.width - gaps - unit * plain) / wide if wide else 0.0
    else:
        unit, rest = (area.width - gaps) / len(row.keys), 0.0
    left = area.x if wide else area.x + (area.width - gaps - unit * plain) / 2
    placed = []
    for key in row.keys:
        width = unit if key.weight == 1 else rest * key.weight
        placed.append((key, Box(left, area.y, width, area.height)))
        left += width + KEY_GAP
    return tuple(placed)
