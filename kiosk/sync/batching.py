"""How many cases go in one request. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.ports.storage import OutboxEntry
from kiosk.sync.options import SyncOptions


@dataclass(slots=True)
class BatchSize:
    """Starts with one, doubles while the centre answers fast, halves when a whole batch is turned down.

    So a case that a centre cannot digest ends up alone after a few requests, and its verdict is its own.
    """

    options: SyncOptions
    cases: int = 1

    def grow(self) -> None:
        self.cases = min(self.cases * 2, self.options.batch_cases)

    def halve(self, sent: int) -> None:
        self.cases = max(min(self.cases, sent) // 2, 1)

    def probe(self) -> None:
        self.cases = 1

    def choose(self, entries: Sequence[OutboxEntry], alone: frozenset[str]) -> tuple[OutboxEntry, ...]:
        """The first of `entries` that go together; `alone` are case ids that residents wait for."""

        def by_itself(entry: OutboxEntry) -> bool:
            # A batch has no place for an envelope, nor for what a header says of one case.
            return entry.sealed or entry.unconfirmed or entry.case_id in alone

        if not entries or by_itself(entries[0]):
            return tuple(entries[:1])
        chosen: list[OutboxEntry] = []
        size = 0
        for entry in entries[: self.cases]:
            size += len(entry.body)
            if chosen and (size > self.options.batch_bytes or by_itself(entry)):
                break
            chosen.append(entry)
        return tuple(chosen)
