"""What the program needs to turn a receipt into paper."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from kiosk.domain.paper import Paper
from kiosk.domain.receipt import Receipt


@dataclass(frozen=True, slots=True)
class PressedReceipt:
    """A receipt laid out: the paper for the printer, and its text lines for the screen."""

    paper: Paper = field(repr=False)
    lines: tuple[str, ...] = field(repr=False)


class ReceiptPress(Protocol):
    """Lays out and draws. Takes up to a second: not for the main thread."""

    def press(self, receipt: Receipt) -> PressedReceipt:
        """Raises :class:`~kiosk.domain.errors.PaperError` when nothing can be drawn at all."""
