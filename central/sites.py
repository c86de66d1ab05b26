"""The city's places, and which devices worked there: the last heartbeat of each terminal, by the place it stands in.

A terminal that cannot do something sends its resident to the nearest place that can, and says how old the news is.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from central.packages import canonical_bytes
from central.store import Store, heartbeats
from central.words import JSON, SITES, Clock, parse_stamp, stamp

FORGOTTEN = timedelta(days=7)
"""A terminal that was silent for so long is no news any more."""


class Places:
    """The places of one file. With ``demo`` the file's invented machines are there too, as if just heard of."""

    def __init__(self, store: Store, clock: Clock, *, file: Path = SITES, demo: bool = False) -> None:
        self._store = store
        self._clock = clock
        self._places: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["sites"]
        self._demo = demo

    def listing(self) -> bytes:
        """The ``Sites`` of the contract; the same news give the same bytes."""
        now = self._clock()
        heard = self._heard(now)
        minute = now.replace(second=0, microsecond=0)
        sites: list[JSON] = []
        for place in self._places:
            machines = list(heard.get(place["id"], ()))
            if self._demo:
                machines += [
                    {
                        "working": sorted(machine["working"]),
                        "as_of": stamp(minute - timedelta(minutes=machine["minutes_ago"])),
                    }
                    for machine in place.get("demo_machines", ())
                ]
            sites.append(
                {name: place[name] for name in ("id", "name", "staffed", "hours", "east_m", "north_m")}
                | {"machines": machines}
            )
        return canonical_bytes({"sites": sites})

    def _heard(self, now: datetime) -> dict[str, list[JSON]]:
        with self._store.read() as connection:
            rows = connection.execute(select(heartbeats).order_by(heartbeats.c.terminal)).all()
        heard: dict[str, list[JSON]] = {}
        for row in rows:
            at = parse_stamp(row.at)
            if at is None or now - at > FORGOTTEN:
                continue
            said = json.loads(row.body)
            working = {device["name"] for device in said.get("devices", ()) if device.get("usable") is True}
            heard.setdefault(said.get("site", ""), []).append({"working": sorted(working), "as_of": row.at})
        return heard
