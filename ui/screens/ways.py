"""Ways on for whoever gets no further here: another place, a counter with people, the telephone."""

from __future__ import annotations

from kiosk.flow.view import Row
from ui.kit.icons import known_icon
from ui.screens.base import BodyT, Screen

_SIZES = (("lead", "body", "lead", "small"), ("body", "body", "lead", "small"), ("small", "small", "body", "caption"),
          ("caption", "caption", "small", "caption"))  # fmt: skip
"""Name, way, number to dial, age of the knowledge: largest first."""
_ICON = 112.0


def _lines(row: Row, sizes: tuple[str, str, str, str]) -> list[tuple[str, str, bool, str]]:
    """Text, size, weight and colour of each line of a row."""
    name, way, _, age = sizes
    lines = [(row.label, name, bool(row.value), "ink")]
    if row.value:
        lines.append((row.value, way, False, "ink"))
    if row.hint:
        lines.append((row.hint, age, False, "accent_text"))
    return lines


def _dials(row: Row) -> bool:
    """A telephone: what matters is the number, and it stands beside its name."""
    return row.icon == "phone" and bool(row.value) and not row.hint


def _tall(screen: Screen[BodyT], row: Row, sizes: tuple[str, str, str, str], room: float) -> float:
    if _dials(row):
        return screen.height_of(row.value, sizes[2], room, bold=True, tight=True)
    return sum(screen.height_of(text, step, room, bold=bold, tight=True) for text, step, bold, _ in _lines(row, sizes))


def _height(screen: Screen[BodyT], rows: tuple[Row, ...], width: float, size: int, gap: float) -> float:
    room = width - _ICON - 32
    return sum(max(52.0, _tall(screen, row, _SIZES[size], room)) + gap for row in rows)


def ways(
    screen: Screen[BodyT], rows: tuple[Row, ...], x: float, y: float, width: float, most: float, *, title: str = "",
    smaller: int = 0,
) -> float:  # fmt: skip
    """A card of them, best first, in the largest size that fits ``most``; gives back its height."""
    head = 60.0 if title else 0.0
    size, gap = len(_SIZES) - 1, 12.0
    for size, gap in [(n, g) for n in range(smaller, len(_SIZES)) for g in (44.0, 32.0, 22.0)]:
        if head + _height(screen, rows, width, size, gap) <= most:
            break
    height = head + _height(screen, rows, width, size, gap)
    screen.card(x, y, width, height)
    if title:
        screen.label(x + 32, y + 12, width - 64, 48, title, "body", bold=True, colour="ink_secondary",
                     ground="surface", max_lines=1)  # fmt: skip
    top, room, sizes = y + head, width - _ICON - 32, _SIZES[size]
    for number, row in enumerate(rows):
        need = _tall(screen, row, sizes, room)
        per = max(52.0, need) + gap
        if number or title:
            screen.rule(x + 32, top, width - 64)
        icon = known_icon(row.icon, "place") or "place"
        screen.icon_at(icon, x + 32, top + (per - 52) / 2, 52, stroke=2.8)
        if _dials(row):
            first = screen.width_of(row.label, sizes[0], bold=True) + 28
            screen.label(x + _ICON, top, first, per, row.label, sizes[0], bold=True, ground="surface", middle=True,
                         tight=True)  # fmt: skip
            screen.label(x + _ICON + first, top, room - first, per, row.value, sizes[2], bold=True, ground="surface",
                         colour="accent_text", middle=True, tight=True)  # fmt: skip
        else:
            line = top + (per - need) / 2
            for text, step, bold, colour in _lines(row, sizes):
                tall = screen.height_of(text, step, room, bold=bold, tight=True)
                screen.label(x + _ICON, line, room, tall, text, step, bold=bold, colour=colour, ground="surface",
                             tight=True)  # fmt: skip
                line += tall
        top += per
    return height
