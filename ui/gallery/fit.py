"""Whether every word has room: sample pages in any language, mode and panel, and what of them is cut or covered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from PySide6.QtCore import QPoint, QPointF, QRectF
from PySide6.QtWidgets import QApplication, QWidget

from kiosk.domain.modes import PLAIN, Modes
from kiosk.texts import PSEUDO
from ui.gallery.pages import NOON, as_the_flow_would, samples
from ui.host import TerminalWindow
from ui.kit.controls import control_name
from ui.kit.keys import Pressable
from ui.kit.label import Label

PANELS: Final = {"portrait": (1080, 1920), "landscape": (1920, 1080), "5:4": (1280, 1024)}
"""Name of a shape of panel -> width and height in pixels."""
MODES: Final = (
    PLAIN,
    Modes(elder=True),
    Modes(contrast=True),
    Modes(low_reach=True),
    Modes(keypad=True),
    Modes(elder=True, low_reach=True),
)
"""Modes in which a page is laid out each in its own way, and the two together that leave least room."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """What has no room on one page: words that are cut, and pairs of words or keys that lie on each other."""

    page: str
    cut: tuple[str, ...]
    covered: tuple[tuple[str, str], ...]


def covered(window: TerminalWindow) -> tuple[tuple[str, str], ...]:
    """Pairs of texts or keys of a window that lie on each other."""
    boxes: list[tuple[str, QRectF]] = []
    for part in window.findChildren(QWidget):
        if not part.isVisibleTo(window):
            continue
        corner = QPointF(part.mapTo(window, QPoint(0, 0)))
        if isinstance(part, Label) and part.text():
            boxes.append((part.text(), part.words_box().translated(corner - QPointF(part.pos()))))
        elif isinstance(part, Pressable) and control_name(part) not in ("", "staff.corner"):
            boxes.append((part.accessibleName(), QRectF(corner, part.size().toSizeF())))
    return tuple(
        (one, other)
        for (one, box), (other, beside) in combinations(boxes, 2)
        if box.adjusted(0, 1, 0, -1).intersects(beside.adjusted(0, 1, 0, -1))
    )


def misfits(
    language: str, panel: tuple[int, int], modes: Modes = PLAIN, only: frozenset[str] = frozenset()
) -> Iterator[Misfit]:
    """The pages of the gallery whose words have no room here. Pages of the staff are looked at as they are used: in no
    mode, and in no language but those they are written in.
    """
    window = TerminalWindow(lambda _: None, panel, now=lambda: NOON)
    window.start()
    for name, view in samples(language):
        if (view.staff and (modes != PLAIN or language == PSEUDO)) or (only and name not in only):
            continue
        window.render(as_the_flow_would(view, modes))
        QApplication.sendPostedEvents()
        found = Misfit(name, window.clipped(), covered(window))
        if found.cut or found.covered:
            yield found
    window.allow_close()
