"""The sync loop: one thread that sends what is due and fetches what is new.

`step` does all there is to do now and says how long to wait; the thread only calls it again. The table is the queue:
it is read again until nothing is due, so a case stored during a send is not forgotten. Attempts grow on a definite
answer about the item; faults of the link have a back-off of their own, kept in the store so that a restart does not
reset it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from kiosk.domain.errors import StoreError
from kiosk.ports.central import (
    AlreadyKnown,
    CallFault,
    CaseApi,
    CaseParked,
    CasePostponed,
    CaseSent,
    CatalogueChanged,
    CentreReachable,
    Delivered,
    GatewayFault,
    GatewaySuspicious,
    HeartbeatAnswer,
    LoginNeeded,
    NotModified,
    RatingTaken,
    Rejected,
    RetryLater,
    SendOutcome,
    SiteList,
    SitesChanged,
    SyncEvent,
    SyncPaused,
)
from kiosk.ports.clock import Clock
from kiosk.ports.storage import (
    KV_CITIZEN_KEYS,
    KV_SITES,
    KV_SITES_ETAG,
    KV_SYNC_LINK,
    AttemptOutcome,
    CaseStore,
    Ended,
    OutboxEntry,
    Park,
    Postpone,
)
from kiosk.sync.backoff import full_jitter, stretched
from kiosk.sync.catalogue import STORE_WAIT_S, AcceptPackage, CatalogueRefresh, Refreshed

log = logging.getLogger("kiosk.sync")


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """How eager the loop is. All times in seconds."""

    base_s: float = 1.0  # first back-off after a fault of the link
    cap_s: float = 60.0
    item_base_s: float = 30.0  # first back-off of an item the centre failed on
    item_cap_s: float = 3600.0
    login_pause_s: float = 300.0  # after 401/403, until one request may try again
    heartbeat_s: float = 60.0
    catalogue_s: float = 1800.0
    keys_s: float = 21600.0
    sites_s: float = 300.0
    batch_read: int = 20  # entries read from the table at a time
    suspicious_after: int = 20  # answers in a row that are not the centre's
    item_faults_to_stop: int = 5  # server errors in a row that mean the centre is broken, not the items
    longest_wait_s: float = 30.0


# Reason of a case whose stored bytes no longer have their hash.
DAMAGED_HERE = "terminal:body-damaged"

Chore = Callable[[], CallFault | None]


class SyncWorker:
    """Owns the sync thread. `publish` is called from that thread and must not block.

    `accept_package` gets bundle bytes and answers None, or why the package cannot be used. `state` gives what a
    heartbeat says about the terminal, without any resident's data.
    """

    def __init__(
        self,
        store: CaseStore,
        api: CaseApi,
        clock: Clock,
        publish: Callable[[SyncEvent], None],
        *,
        accept_package: AcceptPackage = lambda bundle: None,
        state: Callable[[], Mapping[str, object]] = dict,
        options: SyncOptions | None = None,
        roll: Callable[[], float] = random.random,
    ) -> None:
        self._store = store
        self._api = api
        self._clock = clock
        self._publish_to = publish
        self._state = state
        self._options = options or SyncOptions()
        self._roll = roll
        self._refresh = CatalogueRefresh(store, api, accept_package)
        self._guard = threading.Lock()
        self._signal = threading.Event()
        self._stopping = False
        self._woken: list[str] = []
        self._wake_asked = False
        self._refresh_asked = False
        self._thread: threading.Thread | None = None
        # Everything below belongs to the thread that calls step.
        self._loaded = False
        self._faults = 0
        self._garbage = 0
        self._item_faults = 0
        self._gate = 0.0
        self._gate_is_firm = False
        self._reachable: bool | None = None
        self._paused = False
        self._suspicious = False
        self._last: list[str] = []
        self._unrecorded: dict[str, AttemptOutcome] = {}
        self._offset_s: float | None = None
        self._chores: dict[str, tuple[Chore, float]] = {
            "catalogue": (self._catalogue, self._options.catalogue_s),
            "keys": (self._keys, self._options.keys_s),
            "sites": (self._sites, self._options.sites_s),
            "heartbeat": (self._heartbeat, self._options.heartbeat_s),
            "ratings": (self._ratings, self._options.heartbeat_s),
        }
        self._chore_due = dict.fromkeys(self._chores, clock.monotonic())
        self._chore_faults = dict.fromkeys(self._chores, 0)

    # ------------------------------------------------------------------------------------------------- from any thread

    def start(self) -> None:
        """Run the loop in its own thread."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="sync", daemon=True)
            self._thread.start()

    def wake(self, *case_ids: str) -> None:
        """Something was committed: try at once, these cases first, even while a back-off runs."""
        with self._guard:
            self._woken.extend(case_ids)
            self._wake_asked = True
        self._signal.set()

    def refresh(self) -> None:
        """Fetch catalogue, keys and heartbeat at the next step."""
        with self._guard:
            self._refresh_asked = True
        self.wake()

    def stop(self, timeout_s: float = 5.0) -> bool:
        """Ask the loop to end; True when it has. A request under way ends with its own deadline."""
        with self._guard:
            self._stopping = True
        self._signal.set()
        if self._thread is None:
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    @property
    def clock_offset_s(self) -> float | None:
        """Centre's time minus ours at the last heartbeat; None before the first."""
        return self._offset_s

    def _run(self) -> None:
        while not self._stopping:
            try:
                wait_s = self.step()
            except StoreError as error:
                log.error("sync stopped by the store: %s", error.code)
                wait_s = self._options.longest_wait_s
            except Exception as error:  # the loop is the only way out of the terminal: it never ends by a bug
                log.error("sync step failed: %s", type(error).__name__)
                wait_s = self._options.longest_wait_s
            self._signal.wait(min(wait_s, self._options.longest_wait_s))
            self._signal.clear()

    # ------------------------------------------------------------------------------------------------- one step

    def step(self) -> float:
        """Do all that is due now; returns how many seconds nothing more will be due. For the loop, and for tests."""
        self._load()
        woken = self._take_wake()
        if self._clock.monotonic() < self._gate and not (woken is not None and not self._gate_is_firm):
            return self._gate - self._clock.monotonic()
        first = woken or ()
        while True:
            if not self._send_due(first) or self._stopping:
                return self._gate_wait()
            ran = self._run_chore()
            if ran is False:
                return self._gate_wait()
            more = self._take_wake()
            if more is not None:
                first = more
            elif ran is None:
                return self._next_wait()

    def _take_wake(self) -> tuple[str, ...] | None:
        with self._guard:
            if self._refresh_asked:
                self._refresh_asked = False
                self._chore_due = dict.fromkeys(self._chores, self._clock.monotonic())
            if not self._wake_asked:
                return None
            self._wake_asked = False
            self._chore_due["ratings"] = self._clock.monotonic()
            ids, self._woken = tuple(self._woken), []
            return ids

    def _gate_wait(self) -> float:
        return max(self._gate - self._clock.monotonic(), 0.0)

    def _next_wait(self) -> float:
        waits = [due - self._clock.monotonic() for due in self._chore_due.values()]
        due = self._store.next_due().result(STORE_WAIT_S)
        if due is not None:
            # Wall time here is only an estimate; the table itself decides what is due.
            waits.append((due - self._clock.now()).total_seconds())
        # While the store does not take an outcome, asking it twenty times a second helps nobody.
        return min(max(min(waits), 5.0 if self._unrecorded else 0.05), self._options.longest_wait_s)

    # ------------------------------------------------------------------------------------------------- sending

    def _send_due(self, first: tuple[str, ...]) -> bool:
        """Send until nothing is due. False when the link gave out."""
        self._record_late()
        while not self._stopping:
            entries = self._store.due(
                self._clock.now(), self._options.batch_read, first, tuple(self._last[-1000:])
            ).result(STORE_WAIT_S)
            entries = tuple(entry for entry in entries if entry.case_id not in self._unrecorded)
            if not entries:
                return True
            for entry in entries:
                if self._stopping or not self._send(entry):
                    return False
                with self._guard:
                    if self._wake_asked:
                        # A resident waits for the one that was just stored.
                        self._wake_asked = False
                        first, self._woken = tuple(self._woken), []
                        break
        return False

    def _send(self, entry: OutboxEntry) -> bool:
        if hashlib.sha256(entry.body).hexdigest() != entry.sha256:
            # Whatever happened to these bytes, the resident did not sign them.
            log.error("case damaged in the store, not sent: case=%s", entry.case_id)
            self._record(entry.case_id, Park(DAMAGED_HERE))
            self._publish(CaseParked(entry.case_id, DAMAGED_HERE))
            return True
        try:
            self._store.mark_sending((entry.case_id,)).result(STORE_WAIT_S)
        except StoreError as error:
            # The mark is for people; sending goes on although the disk takes no more.
            log.warning("no lease written: case=%s %s", entry.case_id, error.code)
        try:
            outcome = self._api.put_case(entry.case_id, entry.body, entry.sha256, entry.trace_id)
        except Exception as error:  # a bug in the adapter must not leave the entry leased
            log.error("send failed: case=%s %s", entry.case_id, type(error).__name__)
            outcome = RetryLater(None, "adapter", about_item=True)
        return self._settle(entry, outcome)

    def _settle(self, entry: OutboxEntry, outcome: SendOutcome) -> bool:
        """Write down what became of one attempt. False when the link gave out."""
        case_id = entry.case_id
        match outcome:
            case Delivered(answer) | AlreadyKnown(answer):
                self._answered()
                self._item_faults = 0
                if case_id in self._last:
                    self._last.remove(case_id)
                self._record(case_id, Ended(answer))
                self._publish(CaseSent(case_id, answer))
                return True
            case Rejected(problem_type, detail):
                self._answered()
                self._item_faults = 0
                self._record(case_id, Park(problem_type, detail))
                self._publish(CaseParked(case_id, problem_type))
                return True
            case RetryLater(after_s, why, about_item=True):
                self._item_faults += 1
                broken = self._item_faults >= self._options.item_faults_to_stop
                if not broken:
                    self._answered()
                delay = full_jitter(
                    entry.attempts + 1,
                    self._roll(),
                    base_s=self._options.item_base_s,
                    cap_s=self._options.item_cap_s,
                )
                if after_s is not None:
                    delay = max(delay, stretched(after_s, self._roll()))
                self._record(case_id, Postpone(self._clock.now() + timedelta(seconds=delay), True, why))
                self._publish(CasePostponed(case_id, why))
                if broken:
                    self._back_off(None)
                return not broken
            case RetryLater() | GatewayFault() | LoginNeeded():
                # Not about the item: it keeps its place by attempts, but another one is the next probe.
                if case_id in self._last:
                    self._last.remove(case_id)
                self._last.append(case_id)
                self._record(case_id, Postpone(self._clock.now(), False, outcome.why))
                self._publish(CasePostponed(case_id, outcome.why))
                self._fault(outcome)
                return False
            case _:
                assert_never(outcome)

    def _record(self, case_id: str, outcome: AttemptOutcome) -> None:
        try:
            self._store.record(case_id, outcome).result(STORE_WAIT_S)
        except StoreError as error:
            # Kept until the store takes it; the case is not sent again meanwhile.
            self._unrecorded[case_id] = outcome
            log.error("outcome not recorded: case=%s %s", case_id, error.code)

    def _record_late(self) -> None:
        late, self._unrecorded = self._unrecorded, {}
        for case_id, outcome in late.items():
            self._record(case_id, outcome)

    # ------------------------------------------------------------------------------------------------- chores

    def _run_chore(self) -> bool | None:
        """Run the chore that is most overdue. None when none is due, False when the link gave out."""
        name = min(self._chore_due, key=lambda key: self._chore_due[key])
        if self._chore_due[name] > self._clock.monotonic():
            return None
        chore, every_s = self._chores[name]
        fault = chore()
        # Between half and one and a half times the period, so that terminals drift apart.
        self._chore_due[name] = self._clock.monotonic() + every_s * (0.5 + self._roll())
        match fault:
            case None:
                self._chore_faults[name] = 0
                self._answered()
                return True
            case Rejected(problem_type):
                self._answered()
                log.warning("centre refused %s: %s", name, problem_type)
                return True
            case GatewayFault() | RetryLater(about_item=True):
                # One address that does not work must not keep the cases waiting: it backs off alone.
                self._chore_faults[name] += 1
                self._chore_due[name] = self._clock.monotonic() + full_jitter(
                    self._chore_faults[name], self._roll(), base_s=self._options.base_s, cap_s=every_s
                )
                if isinstance(fault, GatewayFault):
                    self._strange()
                return True
            case RetryLater() | LoginNeeded():
                # Asked again as soon as the link is back.
                self._chore_due[name] = self._clock.monotonic()
                self._fault(fault)
                return False
            case _:
                assert_never(fault)

    def _catalogue(self) -> CallFault | None:
        outcome = self._refresh.run()
        if not isinstance(outcome, Refreshed):
            return outcome
        for refused in outcome.refused:
            log.warning("package refused: item=%s version=%d", refused.item_id, refused.version)
            self._publish(refused)
        if outcome.changed:
            self._publish(CatalogueChanged(outcome.count))
        return None

    def _keys(self) -> CallFault | None:
        outcome = self._api.citizen_keys()
        if not isinstance(outcome, tuple):
            return outcome
        value = [
            {"kid": key.kid, "alg": key.alg, "x": key.x, "not_after": key.not_after.isoformat()} for key in outcome
        ]
        self._store.put(KV_CITIZEN_KEYS, json.dumps(value)).result(STORE_WAIT_S)
        return None

    def _sites(self) -> CallFault | None:
        """The places of the city. The list kept last stays as long as the centre says nothing new."""
        outcome = self._api.sites(self._store.get(KV_SITES_ETAG).result(STORE_WAIT_S) or None)
        if isinstance(outcome, NotModified):
            return None
        if not isinstance(outcome, SiteList):
            return outcome
        value = [
            {
                "id": site.id,
                "name": dict(site.name),
                "staffed": site.staffed,
                "hours": dict(site.hours) if site.hours is not None else None,
                "east_m": site.east_m,
                "north_m": site.north_m,
                "machines": [
                    {"working": list(machine.working), "as_of": machine.as_of.isoformat()} for machine in site.machines
                ],
            }
            for site in outcome.sites
        ]
        self._store.put(KV_SITES, json.dumps(value)).result(STORE_WAIT_S)
        self._store.put(KV_SITES_ETAG, outcome.etag or "").result(STORE_WAIT_S)
        self._publish(SitesChanged(len(outcome.sites)))
        return None

    def _heartbeat(self) -> CallFault | None:
        queue = self._store.outbox().result(STORE_WAIT_S)
        left = self._store.add_rating_tokens(()).result(STORE_WAIT_S)
        space = self._store.space()
        outcome = self._api.heartbeat(
            {
                **self._state(),
                "rating_tokens_left": min(left, 1000),
                "outbox": {"waiting": queue.waiting, "parked": queue.parked},
                "disk": {"free_bytes": space.free_bytes, "intake_open": space.intake_open},
            }
        )
        if not isinstance(outcome, HeartbeatAnswer):
            return outcome
        self._offset_s = (outcome.time - self._clock.now()).total_seconds()
        if outcome.rating_tokens:
            self._store.add_rating_tokens(outcome.rating_tokens).result(STORE_WAIT_S)
        return None

    def _ratings(self) -> CallFault | None:
        while entries := self._store.ratings_due(20).result(STORE_WAIT_S):
            for entry in entries:
                outcome = self._api.rating(entry.token, entry.level, entry.reasons)
                if not isinstance(outcome, RatingTaken | Rejected):
                    return outcome
                # A token that was used before means that this very rating was counted and its answer lost.
                self._store.rating_done(entry.token).result(STORE_WAIT_S)
        return None

    # ------------------------------------------------------------------------------------------------- the link

    def _answered(self) -> None:
        """The centre itself answered."""
        if self._faults or self._garbage:
            self._faults = self._garbage = 0
            self._save_link(0.0)
        self._gate = 0.0
        self._gate_is_firm = False
        self._set_reachable(True)
        self._set_paused(False, "")
        self._set_suspicious(False)

    def _fault(self, fault: RetryLater | GatewayFault | LoginNeeded) -> None:
        match fault:
            case LoginNeeded(why):
                self._set_reachable(True)
                self._set_paused(True, why)
                self._close_gate(self._options.login_pause_s * (0.5 + self._roll()), firm=True)
            case RetryLater(after_s, _, _, answered):
                if not answered:
                    self._set_reachable(False)
                self._back_off(after_s)
            case GatewayFault():
                self._strange()
                self._back_off(None)

    def _strange(self) -> None:
        """Something answered that is not the centre."""
        self._garbage += 1
        self._set_reachable(False)
        self._set_suspicious(self._garbage >= self._options.suspicious_after)

    def _back_off(self, after_s: float | None) -> None:
        self._faults += 1
        delay = full_jitter(self._faults, self._roll(), base_s=self._options.base_s, cap_s=self._options.cap_s)
        if after_s is not None:
            delay = max(delay, stretched(after_s, self._roll()))
        self._close_gate(delay, firm=after_s is not None)

    def _close_gate(self, delay_s: float, *, firm: bool) -> None:
        self._gate = self._clock.monotonic() + delay_s
        self._gate_is_firm = firm
        self._save_link(delay_s)

    def _save_link(self, delay_s: float) -> None:
        now = self._clock.now()
        value = {
            "faults": self._faults,
            "garbage": self._garbage,
            "set_at": now.isoformat(),
            "until": (now + timedelta(seconds=delay_s)).isoformat(),
            "firm": self._gate_is_firm,
        }
        try:
            self._store.put(KV_SYNC_LINK, json.dumps(value)).result(STORE_WAIT_S)
        except StoreError as error:
            log.warning("back-off not saved: %s", error.code)

    def _load(self) -> None:
        """Take up the back-off of the run before: restarting must not make a terminal ask more often."""
        if self._loaded:
            return
        self._loaded = True
        text = self._store.get(KV_SYNC_LINK).result(STORE_WAIT_S)
        if text is None:
            return
        try:
            raw = json.loads(text)
            self._faults, self._garbage = int(raw["faults"]), int(raw["garbage"])
            set_at, until = datetime.fromisoformat(raw["set_at"]), datetime.fromisoformat(raw["until"])
            firm = bool(raw["firm"])
        except (ValueError, KeyError, TypeError):
            log.warning("saved back-off is not readable")
            return
        now = self._clock.now()
        if set_at <= now < until:
            self._gate = self._clock.monotonic() + (until - now).total_seconds()
            self._gate_is_firm = firm

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

    def _publish(self, event: SyncEvent) -> None:
        try:
            self._publish_to(event)
        except Exception as error:  # a listener's bug must not stop the sending
            log.error("listener failed: %s", type(error).__name__)
