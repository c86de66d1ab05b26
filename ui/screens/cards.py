"""Where cards stand: stacked up from the counter, in two columns where the touch zone is too low for one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ui.kit.cards import ChoiceCard, level
from ui.kit.theme import MIN_GAP_PX, MIN_TARGET_PX
from ui.screens.base import BodyT, Screen

LEAST_PX: Final = 110
"""A card in a stack lower than this is better off in one of two columns."""
LEAST_LARGE_PX: Final = 111
NARROW_PX: Final = 600
"""A card narrower than this has no room for an icon beside its words."""

Box = tuple[float, float, float, float]


def card_boxes(
    screen: Screen[BodyT],
    count: int,
    top: float,
    bottom: float,
    *,
    most: float = 144,
    least: float = LEAST_PX,
    near: bool = False,
) -> list[Box]:
    """x, y, width and height of each card between ``top`` and ``bottom``, filled from the bottom up, read line by line.

    ``most`` is the height of a card that has all the room it wants; larger type wants more. ``near`` puts them as close
    together, and lets them be as low, as may be. Of an odd number in two columns the last, the way out, has a line of
    its own.
    """
    if not count:
        return []
    if screen.theme.large:
        most, least = most * 1.15, max(least, LEAST_LARGE_PX)
    columns = 1
    gap, least = (MIN_GAP_PX, MIN_TARGET_PX) if near else (_gap(count), least)
    if count > 2 and (bottom - top - gap * (count - 1)) / count < least and screen.wide >= 900:
        columns = 2
    rows = -(-count // columns)
    gap = MIN_GAP_PX if near else _gap(rows)
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


def settle(
    screen: Screen[BodyT], cards: Sequence[ChoiceCard], top: float, bottom: float, *, most: float = 144
) -> list[Box]:
    """Place cards as :func:`card_boxes` says, taller and closer together where their words need it; all alike, unless
    even that cuts words: then lines of few words give some of their height to the others."""
    boxes: list[Box] = []
    for tallest, near in ((most, False), (1.25 * most, False), (1.5 * most, False), (1.5 * most, True)):
        boxes = card_boxes(screen, len(cards), top, bottom, most=tallest, near=near)
        for card, box in zip(cards, boxes, strict=True):
            screen.place(card, *box)
        if screen.theme.growth or not any(card.clipped() for card in cards):
            break  # larger type gives way first
    if not screen.theme.growth and any(card.clipped() for card in cards):
        boxes = _shared_out(screen, cards, boxes)
    level(cards)
    return boxes


def _shared_out(screen: Screen[BodyT], cards: Sequence[ChoiceCard], boxes: Sequence[Box]) -> list[Box]:
    """The same columns, with the height of each line as its words need it; what is over is for all alike."""
    even = boxes[0][3]
    lines: dict[float, list[ChoiceCard]] = {}
    for card, box in zip(cards, boxes, strict=True):
        lines.setdefault(box[1], []).append(card)
    tops = list(lines)
    gap = tops[1] - tops[0] - even if len(tops) > 1 else 0.0
    needs = [_need(screen, line, 2 * even) for line in lines.values()]
    over = (even * len(tops) - sum(needs)) / len(tops)
    # Where all lines together need more than there is, unequal ones would help nobody.
    heights = dict(zip(tops, (need + over if over >= 0 else even for need in needs), strict=True))
    begins = {top: tops[0] + sum(list(heights.values())[:at]) + gap * at for at, top in enumerate(tops)}
    found = [(x, begins[y], width, heights[y]) for x, y, width, _ in boxes]
    for card, box in zip(cards, found, strict=True):
        screen.place(card, *box)
    return found


def _need(screen: Screen[BodyT], line: Sequence[ChoiceCard], most: float) -> float:
    """How high these cards have to be for their words."""
    need = float(MIN_TARGET_PX)
    while need < most:
        for card in line:
            card.resize(card.width(), round(need * screen.theme.scale))
        if not any(card.clipped() for card in line):
            break
        need += 4
    return need


def _gap(rows: int) -> float:
    return 20.0 if rows <= 5 else 14.0
