"""The one line to the centre: when it may be used, and what is told of it.

Faults close a gate for a back-off with full jitter. After a few in a row that is an outage: the jitter is then as wide
as a fleet's spread, and whoever gets through first, once the gate opens or a resident waits, goes alone; only the
centre's own answer lets anything follow. All of it lies in the store, measured on the monotonic clock of this boot, so
that neither a restart nor a wall clock that jumps makes a terminal ask sooner.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path

from kiosk.domain.errors import StoreError
from kiosk.ports.central import (
    CentreReachable,
    GatewayFault,
    GatewaySuspicious,
    LoginNeeded,
    RetryLater,
    SyncEvent,
    SyncPaused,
)
from kiosk.ports.clock import Clock
from kiosk.ports.storage import KV_SYNC_LINK, CaseStore
from kiosk.sync.backoff import full_jitter, stretched
from kiosk.sync.options import STORE_WAIT_S, SyncOptions

log = logging.getLogger("kiosk.sync")


def boot_id() -> str:
    """Names the boot that the monotonic clock belongs to."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return "unknown"


class Link:
    """Belongs to the thread that steps the loop."""

    def __init__(
        self,
        store: CaseStore,
        clock: Clock,
        publish: Callable[[SyncEvent], None],
        options: SyncOptions,
        roll: Callable[[], float],
        boot: str,
    ) -> None:
        self._store = store
        self._clock = clock
        self._publish = publish
        self._options = options
        self._roll = roll
        self._boot = boot
        self._loaded = False
        self._faults = 0
        self._garbage = 0
        self._gate = 0.0
        self._firm = False
        self._reachable: bool | None = None
        self._paused = False
        self._suspicious = False

    # ------------------------------------------------------------------------------------------------- asked

    @property
    def faults(self) -> int:
        """In a row, so far."""
        return self._faults

    @property
    def is_outage(self) -> bool:
        """Whether so many attempts failed in a row that one request at a time is enough to find out more."""
        return self._faults >= self._options.breaker_faults

    @property
    def wait_s(self) -> float:
        """Seconds until the gate opens by itself."""
        return max(self._gate - self._clock.monotonic(), 0.0)

    def may_send(self, *, waited_for: bool) -> bool:
        """Whether a request may fly now; a resident who waits does not wait for a back-off that nobody asked for."""
        return self.wait_s <= 0 or (waited_for and not self._firm)

    # ------------------------------------------------------------------------------------------------- told

    def answered(self) -> None:
        """The centre itself answered."""
        if self._faults or self._garbage or self._gate:
            self._faults = self._garbage = 0
            self._gate, self._firm = 0.0, False
            self._save(0.0)
        self._set_reachable(True)
        self._set_paused(False, "")
        self._set_suspicious(False)

    def fault(self, fault: RetryLater | GatewayFault | LoginNeeded) -> None:
        """An attempt came to nothing, and not because of what was sent."""
        match fault:
            case LoginNeeded(why):
                self._set_reachable(True)
                self._set_paused(True, why)
                self._close(self._options.login_pause_s * (0.5 + self._roll()), firm=True)
            case RetryLater(after_s, _, _, answered):
                if not answered:
                    self._set_reachable(False)
                self.back_off(after_s)
            case GatewayFault():
                self.strange()
                self.back_off()

    def strange(self) -> None:
        """Something answered that is not the centre."""
        self._garbage += 1
        self._set_reachable(False)
        self._set_suspicious(self._garbage >= self._options.suspicious_after)

    def back_off(self, after_s: float | None = None) -> None:
        """Leave the centre alone for longer each time, and at least as long as it asked for."""
        self._faults += 1
        delay = self._drawn_s()
        if after_s is not None:
            delay = max(delay, stretched(after_s, self._roll()))
        self._close(delay, firm=after_s is not None)

    def late(self, faults: int) -> None:
        """It answered, but so late that it is best left alone; `faults` are those before that answer."""
        self._faults = faults
        self.back_off()

    # ------------------------------------------------------------------------------------------------- inside

    def _drawn_s(self) -> float:
        options = self._options
        wide_s = options.spread_s if self.is_outage else 0.0
        return full_jitter(self._faults, self._roll(), base_s=options.base_s, cap_s=options.cap_s, wide_s=wide_s)

    def _close(self, delay_s: float, *, firm: bool) -> None:
        self._gate = self._clock.monotonic() + delay_s
        self._firm = firm
        self._save(delay_s)

    def _save(self, delay_s: float) -> None:
        value = {
            "faults": self._faults,
            "garbage": self._garbage,
            "boot": self._boot,
            "gate": self._gate,
            "delay_s": delay_s,
            "firm": self._firm,
        }
        try:
            self._store.put(KV_SYNC_LINK, json.dumps(value)).result(STORE_WAIT_S)
        except StoreError as error:
            log.warning("back-off not saved: %s", error.code)

    def load(self) -> None:
        """Take up where the run before ended; without that, a backlog waits for its turn in the fleet's spread."""
        if self._loaded:
            return
        self._loaded = True
        text = self._store.get(KV_SYNC_LINK).result(STORE_WAIT_S)
        if text is not None and self._take_up(text) and self._gate:
            return
        queue = self._store.outbox().result(STORE_WAIT_S)
        if queue.waiting or queue.errands:
            self._close(self._roll() * self._options.spread_s, firm=False)

    def _take_up(self, text: str) -> bool:
        try:
            raw = json.loads(text)
            self._faults, self._garbage = int(raw["faults"]), int(raw["garbage"])
            gate, delay_s, boot = float(raw["gate"]), float(raw["delay_s"]), str(raw["boot"])
            firm = bool(raw["firm"])
        except (ValueError, KeyError, TypeError):
            log.warning("saved back-off is not readable")
            return False
        if boot == self._boot:
            self._gate, self._firm = gate, firm
        elif delay_s:
            # How long the machine was off nobody knows for sure: what was asked for is waited again, the rest drawn.
            self._close(delay_s if firm else self._drawn_s(), firm=firm)
        return True

    def _set_reachable(self, reachable: bool) -> None:
        if self._reachable is not reachable:
            self._reachable = reachable
            self._publish(CentreReachable(reachable))

    def _set_paused(self, paused: bool, why: str) -> None:
        if self._paused is not paused:
            self._paused = paused
            self._publish(SyncPaused(paused, why))

    def _set_suspicious(self, suspicious: bool) -> None:
        if self._suspicious is not suspicious:
            self._suspicious = suspicious
            self._publish(GatewaySuspicious(suspicious))
