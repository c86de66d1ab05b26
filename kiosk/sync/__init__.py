"""What leaves the terminal and what comes to it: outbox, files, errands, catalogue, heartbeat; one loop."""

from kiosk.sync.backoff import full_jitter, stretched
from kiosk.sync.options import SyncOptions
from kiosk.sync.uploads import StoredPlaces
from kiosk.sync.worker import SyncWorker

__all__ = ["StoredPlaces", "SyncOptions", "SyncWorker", "full_jitter", "stretched"]
