"""What leaves the terminal and what comes to it: outbox, catalogue, heartbeat; one loop, one thread."""

from kiosk.sync.backoff import full_jitter, stretched
from kiosk.sync.worker import SyncOptions, SyncWorker

__all__ = ["SyncOptions", "SyncWorker", "full_jitter", "stretched"]
