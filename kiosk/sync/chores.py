"""What is fetched from time to time, and the upkeep of what was sent."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable, Mapping
from typing import assert_never

from kiosk.ports.central import (
    CallFault,
    CaseApi,
    CatalogueChanged,
    GatewayFault,
    HeartbeatAnswer,
    LoginNeeded,
    NotModified,
    RatingTaken,
    Rejected,
    RetryLater,
    SiteList,
    SitesChanged,
    SyncEvent,
)
from kiosk.ports.clock import Clock
from kiosk.ports.storage import KV_CITIZEN_KEYS, KV_SEALING_KEYS, KV_SITES, KV_SITES_ETAG, CaseStore
from kiosk.sync.backoff import full_jitter
from kiosk.sync.catalogue import AcceptPackage, CatalogueRefresh, Refreshed
from kiosk.sync.link import Link
from kiosk.sync.options import STORE_WAIT_S, SyncOptions

log = logging.getLogger("kiosk.sync")

Chore = Callable[[], CallFault | None]

# Cases that the centre is asked about in one request.
ASKED_AT_ONCE = 200


class Chores:
    """Runs one at a time, the most overdue first. Belongs to the thread that steps the loop."""

    def __init__(
        self,
        store: CaseStore,
        api: CaseApi,
        clock: Clock,
        link: Link,
        publish: Callable[[SyncEvent], None],
        accept_package: AcceptPackage,
        state: Callable[[], Mapping[str, object]],
        options: SyncOptions,
        roll: Callable[[], float],
    ) -> None:
        self._store = store
        self._api = api
        self._clock = clock
        self._link = link
        self._publish = publish
        self._state = state
        self._options = options
        self._roll = roll
        self._refresh = CatalogueRefresh(store, api, accept_package)
        self.clock_offset_s: float | None = None
        self._chores: dict[str, tuple[Chore, float]] = {
            "catalogue": (self._catalogue, options.catalogue_s),
            "sealing keys": (self._sealing_keys, options.keys_s),
            "citizen keys": (self._citizen_keys, options.keys_s),
            "sites": (self._sites, options.sites_s),
            "heartbeat": (self._heartbeat, options.heartbeat_s),
            "ratings": (self._ratings, options.ratings_s),
            "confirm": (self._confirm, options.upkeep_s),
            "sweep": (self._sweep, options.upkeep_s),
        }
        self._due = dict.fromkeys(self._chores, clock.monotonic())
        self._due["ratings"] += roll() * options.ratings_s
        self._faults = dict.fromkeys(self._chores, 0)

    def all_now(self) -> None:
        """Every chore is due, but for the ratings: nothing that happens here may tell when one was given."""
        self._due |= {name: self._clock.monotonic() for name in self._chores if name != "ratings"}

    def next_wait_s(self) -> float:
        """Seconds until a chore is due."""
        return min(self._due.values()) - self._clock.monotonic()

    def run_one(self) -> bool | None:
        """Run the chore that is most overdue. None when none is due, False when the link gave out."""
        name = min(self._due, key=lambda key: self._due[key])
        if self._due[name] > self._clock.monotonic():
            return None
        chore, every_s = self._chores[name]
        fault = chore()
        # Between half and one and a half times the period, so that terminals drift apart.
        self._due[name] = self._clock.monotonic() + every_s * (0.5 + self._roll())
        match fault:
            case None:
                self._faults[name] = 0
                self._link.answered()
                return True
            case Rejected(problem_type):
                self._link.answered()
                log.warning("centre refused %s: %s", name, problem_type)
                return True
            case GatewayFault() if self._link.is_outage:
                self._due[name] = self._clock.monotonic()
                self._link.fault(fault)
                return False
            case GatewayFault() | RetryLater(about_item=True):
                # One address that does not work must not keep the cases waiting: it backs off alone.
                self._faults[name] += 1
                self._due[name] = self._clock.monotonic() + full_jitter(
                    self._faults[name], self._roll(), base_s=self._options.base_s, cap_s=every_s
                )
                if isinstance(fault, GatewayFault):
                    self._link.strange()
                return True
            case RetryLater() | LoginNeeded():
                # Asked again as soon as the link is back.
                self._due[name] = self._clock.monotonic()
                self._link.fault(fault)
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

    def _citizen_keys(self) -> CallFault | None:
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
        self.clock_offset_s = (outcome.time - self._clock.now()).total_seconds()
        if outcome.rating_tokens:
            self._store.add_rating_tokens(outcome.rating_tokens).result(STORE_WAIT_S)
        return None

    def _ratings(self) -> CallFault | None:
        while entries := self._store.ratings_due(20).result(STORE_WAIT_S):
            for entry in entries:
                outcome = self._api.rating(entry.token, entry.item, entry.level, entry.reasons)
                match outcome:
                    case RatingTaken():
                        self._store.rating_done(entry.token).result(STORE_WAIT_S)
                    case Rejected(problem_type) if problem_type.endswith(":token-unknown"):
                        self._store.rating_token_void(entry.token).result(STORE_WAIT_S)
                    case Rejected():
                        # A token that was used before means that this very rating was counted and its answer lost.
                        self._store.rating_done(entry.token).result(STORE_WAIT_S)
                    case _:
                        return outcome
        return None

    def _sealing_keys(self) -> CallFault | None:
        """What envelopes are sealed to; those kept last stay until the centre names others."""
        outcome = self._api.sealing_keys()
        if not isinstance(outcome, tuple):
            return outcome
        value = [base64.urlsafe_b64encode(key.x).decode("ascii").rstrip("=") for key in outcome]
        self._store.put(KV_SEALING_KEYS, json.dumps(value)).result(STORE_WAIT_S)
        return None

    def _confirm(self) -> CallFault | None:
        """Ask whether the centre still knows what it once took; what it lost is sent again, with its photographs."""
        asked = self._store.to_confirm(self._clock.now(), self._options.retention, ASKED_AT_ONCE).result(STORE_WAIT_S)
        if not asked:
            return None
        answer = self._api.known(tuple(case_id for case_id, _ in asked))
        if not isinstance(answer, Mapping):
            return answer
        known = tuple(case_id for case_id, sha256 in asked if answer.get(case_id) == sha256)
        lost = tuple(case_id for case_id, _ in asked if case_id not in answer)
        # Other bytes under our id: sent again it is answered 409, which parks it and tells staff. Never overwritten.
        other = tuple(case_id for case_id, sha256 in asked if answer.get(case_id, sha256) != sha256)
        if lost or other:
            log.error("the centre lost %d cases, has other bytes of %d: sent again", len(lost), len(other))
        self._store.confirmed(known, lost + other, self._clock.now()).result(STORE_WAIT_S)
        return None

    def _sweep(self) -> CallFault | None:
        swept = self._store.sweep(self._clock.now(), self._options.retention).result(STORE_WAIT_S)
        if swept.bodies or swept.rows:
            log.info("swept: bodies=%d rows=%d files=%d", swept.bodies, swept.rows, swept.files)
        return None
