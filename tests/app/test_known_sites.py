"""The places the store keeps become what the flow knows, with their distance from here."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kiosk.app.known_sites import known_sites, load_sites
from kiosk.flow.events import SitesLoaded
from kiosk.ports.storage import KV_SITES
from offline_cache.memory import MemoryStore
from tests.services.test_desks import HeldClock


def kept(**changes: Any) -> str:
    machine = {"working": ["id_card", "something_new"], "as_of": "2026-11-21T06:46:00+00:00"}
    site = {"id": "a", "name": {"zh-Hans": "甲"}, "staffed": False, "hours": None, "east_m": 0, "north_m": 0}
    far = {**site, "id": "b", "east_m": 300, "north_m": 400, "machines": [machine], **changes}
    return json.dumps([{**site, "machines": []}, far])


def test_distance_is_measured_from_the_own_place() -> None:
    assert [site.distance_m for site in known_sites(kept(), "a")] == [0, 500]
    assert [site.distance_m for site in known_sites(kept(), "elsewhere")] == [None, None]


def test_device_that_this_terminal_has_no_name_for_is_left_out() -> None:
    assert known_sites(kept(), "a")[1].machines[0].working == {"id_card"}


def test_what_cannot_be_read_is_no_list_at_all(caplog: pytest.LogCaptureFixture) -> None:
    for broken in (None, "", "{", "[1]", json.dumps([{"id": "a"}])):
        assert known_sites(broken, "a") == ()


def test_store_is_asked_and_the_flow_is_told(caplog: pytest.LogCaptureFixture) -> None:
    store, told = MemoryStore(HeldClock()), []  # type: ignore[var-annotated]
    store.put(KV_SITES, kept()).result(1)
    load_sites(store, "a", told.append)
    assert isinstance(told[0], SitesLoaded)
    store.close()
    load_sites(store, "a", told.append)
    assert len(told) == 1
