"""The city's places as they were last fetched, with their distance from the place this terminal stands in."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from kiosk.domain.devices import DEVICE_NAMES
from kiosk.domain.errors import StoreError
from kiosk.domain.sites import KnownMachine, KnownSite
from kiosk.flow.events import SitesLoaded
from kiosk.ports.storage import KV_SITES, CaseStore

log = logging.getLogger("kiosk.app")
STORE_WAIT_S = 30.0


def load_sites(store: CaseStore, here: str, publish: Callable[[object], None]) -> None:
    """Tell the flow what the store keeps. A terminal that never reached its centre knows its staffed place alone."""
    try:
        kept = store.get(KV_SITES).result(STORE_WAIT_S)
    except (StoreError, TimeoutError) as error:
        log.error("places not read: %s", type(error).__name__)
        return
    publish(SitesLoaded(known_sites(kept, here)))


def known_sites(kept: str | None, here: str) -> tuple[KnownSite, ...]:
    """The places out of their stored form; none when it cannot be read."""
    try:
        raw: list[dict[str, Any]] = json.loads(kept or "[]")
        own = next((site for site in raw if site["id"] == here), None)
        return tuple(_site(site, own) for site in raw)
    except (ValueError, KeyError, TypeError):
        log.warning("kept places are not readable")
        return ()


def _site(raw: Mapping[str, Any], own: Mapping[str, Any] | None) -> KnownSite:
    distance = None
    if own is not None:
        distance = round(math.hypot(raw["east_m"] - own["east_m"], raw["north_m"] - own["north_m"]))
    return KnownSite(
        id=raw["id"],
        name=raw["name"],
        staffed=raw["staffed"],
        hours=raw["hours"],
        distance_m=distance,
        machines=tuple(
            KnownMachine(
                frozenset(machine["working"]) & frozenset(DEVICE_NAMES), datetime.fromisoformat(machine["as_of"])
            )
            for machine in raw["machines"]
        ),
    )
