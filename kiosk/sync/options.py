"""How eager the sync loop is."""

from __future__ import annotations

from dataclasses import dataclass, field

from kiosk.ports.storage import Retention

STORE_WAIT_S = 30.0


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """All times in seconds, sizes in bytes."""

    timeout_s: float = 25.0  # of one request; bytes on the way add to it
    slowest_line: float = 50_000.0  # bytes a second that a request is given at least, and half as much again
    base_s: float = 1.0  # first back-off after a fault of the link
    cap_s: float = 120.0
    # What a terminal draws from after an outage, or at start with a backlog: wherever in its wait the centre is back,
    # the first requests of a fleet then lie over more than two minutes (reliability N11).
    spread_s: float = 180.0
    breaker_faults: int = 3  # faults in a row that are an outage
    item_base_s: float = 30.0  # first back-off of an item the centre failed on
    item_cap_s: float = 3600.0
    login_pause_s: float = 300.0  # after 401/403, until one request may try again
    heartbeat_s: float = 60.0
    catalogue_s: float = 1800.0
    keys_s: float = 21600.0
    sites_s: float = 300.0
    ratings_s: float = 14400.0  # all that wait go together, whenever each of them was given
    upkeep_s: float = 3600.0  # asking whether the centre still knows what it took; the sweep
    batch_cases: int = 20
    batch_bytes: int = 4 << 20
    fast_s: float = 2.0  # an answer within this lets the next batch be twice as large
    suspicious_after: int = 20  # answers in a row that are not the centre's
    item_faults_to_stop: int = 5  # server errors in a row that mean the centre is broken, not the items
    file_rounds: int = 3  # times a centre may ask for files of a case that it was given, or has to say no to one
    longest_wait_s: float = 30.0
    retention: Retention = field(default_factory=Retention)

    def deadline_s(self, size: int) -> float:
        """Of a request that carries `size` bytes."""
        return self.timeout_s + 1.5 * size / self.slowest_line
