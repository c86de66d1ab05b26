"""Where figures of use are kept: added up by day, and nothing else of them is known."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from datetime import date
from typing import Protocol

from kiosk.domain.usage import Figure, Mark


class UsageBook(Protocol):
    """Part of the terminal's store. Failures come out of the future as a ``StoreError`` leaf."""

    def count_usage(self, day: date, counts: Mapping[Mark, int], cut_short: Mark | None) -> Future[None]:
        """Add these counts to the day. ``cut_short`` takes the place of the last one, for :meth:`settle_usage`."""
        ...

    def settle_usage(self, day: date) -> Future[None]:
        """Count what the last run named as ``cut_short``, if anything: it ended in the middle of a visit."""
        ...

    def usage(self, since: date) -> Future[tuple[Figure, ...]]:
        """All figures from that day on, in order."""
        ...
