"""The event log: what happened, never what was said. Each event is declared in docs/events.md."""

from __future__ import annotations

from typing import Protocol


class EventLog(Protocol):
    """One line per event; the fields are closed, so free text has nowhere to go."""

    def emit(
        self,
        event: str,
        *,
        session: str | None = None,
        case_id: str | None = None,
        device: str | None = None,
        code: str | None = None,
    ) -> None:
        """Write one event, from any thread."""
