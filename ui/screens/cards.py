"""Where cards stand: stacked up from the counter, in two columns where the touch zone is too low for one."""

from __future__ import annotations

from typing import Final

from ui.screens.base import BodyT, Screen

LEAST_PX: Final = 110
"""A card in a stack lower than this is better off in one of two columns."""
LEAST_LARGE_PX: Final = 128
NARROW_PX: Final = 600
"""A card narrower than this has no room for an icon beside its words."""

Box = tuple[float, float, float, float]


def card_boxes(
    screen: Screen[BodyT], count: int, top: float, bottom: float, *, most: float = 144, least: float = LEAST_PX
) -> list[Box]:
    """x, y, width and height of each card between ``top`` and ``bottom``, filled from the bottom up, read line by line.

    ``most`` is the height of a card that has all the room it wants; larger type wants more. Of an odd number in two
    columns the last, the way out, has a line of its own.
    """
    if not count:
        return []
    if screen.theme.large:
        most, least = most * 1.15, max(least, LEAST_LARGE_PX)
    columns = 1
    if count > 2 and (bottom - top - _gap(count) * (count - 1)) / count < least and screen.wide >= 900:
        columns = 2
    rows = -(-count // columns)
    gap = _gap(rows)
    height = min(most, (bottom - top - gap * (rows - 1)) / rows)
    width = (screen.wide - 20 * (columns - 1)) / columns
    first = bottom - rows * height - gap * (rows - 1)
    boxes = []
    for number in range(count):
        row, column = divmod(number, columns)
        alone = columns > 1 and column == 0 and number == count - 1
        boxes.append((
            screen.left + column * (width + 20), first + row * (height + gap), screen.wide if alone else width, height,
        ))  # fmt: skip
    return boxes


def _gap(rows: int) -> float:
    return 20.0 if rows <= 5 else 14.0
