"""The one way from worker threads into the main thread: values are queued and handled there, in order."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal


class EventBridge(QObject):
    """``publish`` from any thread; ``handler`` runs in the thread that made the bridge, one event at a time."""

    _arrived = Signal(object)

    def __init__(self, handler: Callable[[object], None]) -> None:
        super().__init__()
        self._handler = handler
        self._open = True
        self._arrived.connect(self._handle, Qt.ConnectionType.QueuedConnection)

    def publish(self, event: object) -> None:
        """Hand an event over; never blocks."""
        self._arrived.emit(event)

    def close(self) -> None:
        """From now on events are dropped (the program ends)."""
        self._open = False

    def _handle(self, event: object) -> None:
        if self._open:
            self._handler(event)
