"""The terminal always has items to offer: what was fetched, else the seed, whatever state the store is in."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kiosk.app.catalogue import load_catalogue
from kiosk.app.logs import EventLog
from kiosk.domain.errors import StoreIoError
from kiosk.flow.events import CatalogueLoaded
from kiosk.forms import PackageBundle, ServicePackage, bundle_from_folder, load_package
from kiosk.ports.storage import KV_CATALOGUE_REFUSED
from offline_cache.memory import MemoryStore

SERVICES = Path(__file__).resolve().parents[2] / "config" / "services"
SEED = sum(1 for folder in SERVICES.iterdir() if folder.is_dir())


class HeldClock:
    """Noon."""

    def now(self) -> datetime:
        return datetime(2026, 11, 21, 4, tzinfo=UTC)


class Unreadable(MemoryStore):
    """A store that cannot read packages any more."""

    def active_packages(self) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_exception(StoreIoError("a bad sector"))
        return future


def closed(store: MemoryStore) -> None:
    store.close()


def garbled(store: MemoryStore) -> None:
    store.put(KV_CATALOGUE_REFUSED, "{not json").result()


def loaded(store: MemoryStore) -> CatalogueLoaded:
    events: list[object] = []
    load_catalogue(store, events.append, EventLog(None))
    [event] = events
    assert isinstance(event, CatalogueLoaded)
    return event


def test_terminal_that_never_fetched_offers_the_seed() -> None:
    assert len(loaded(MemoryStore(HeldClock())).packages) == SEED


@pytest.mark.parametrize("spoil", [closed, garbled])
def test_store_that_answers_nothing_useful_still_leaves_items(
    spoil: Callable[[MemoryStore], None], caplog: pytest.LogCaptureFixture
) -> None:
    store = MemoryStore(HeldClock())
    spoil(store)
    assert len(loaded(store).packages) == SEED


def test_store_that_cannot_be_read_leaves_the_seed(caplog: pytest.LogCaptureFixture) -> None:
    assert len(loaded(Unreadable(HeldClock())).packages) == SEED


def test_a_package_kept_under_another_name_is_refused_and_the_right_one_stands() -> None:
    store = MemoryStore(HeldClock())
    body = bundle_from_folder(SERVICES / "health-card").to_bytes()
    sha256, version = hashlib.sha256(body).hexdigest(), load_package(PackageBundle.from_bytes(body)).version
    kept = (("health-card", version), ("open-restaurant", version), ("health-card-two", version + 1))
    for name, number in kept:
        store.put_package(name, number, sha256, body, None).result()
    store.activate_packages(kept).result()
    event = loaded(store)
    assert [package.id for package in event.packages] == ["health-card"]
    assert [reason.partition("/")[0] for reason in event.refused] == ["health-card-two", "open-restaurant"]


def test_a_package_that_the_checker_trips_over_stops_no_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def trips(bundle: PackageBundle) -> ServicePackage:
        if bundle.id == "health-card":
            raise ZeroDivisionError
        return load_package(bundle)

    monkeypatch.setattr("kiosk.app.catalogue.load_package", trips)
    store = MemoryStore(HeldClock())
    for name in ("health-card", "newborn"):
        bundle = bundle_from_folder(SERVICES / name)
        store.put_package(name, bundle.version, bundle.sha256, bundle.to_bytes(), None).result()
    store.activate_packages(
        tuple((name, bundle_from_folder(SERVICES / name).version) for name in ("health-card", "newborn"))
    ).result()
    event = loaded(store)
    assert [package.id for package in event.packages] == ["newborn"]
    assert event.refused == ("health-card/checker failed (ZeroDivisionError)",)


def test_what_the_centre_offered_in_vain_is_named_in_the_log() -> None:
    store, log = MemoryStore(HeldClock()), EventLog(None)
    store.put(KV_CATALOGUE_REFUSED, '{"open-restaurant 2": "form.json: x"}').result()
    codes: list[str | None] = []
    log.listen(lambda line: codes.append(line.code))
    load_catalogue(store, lambda event: None, log)
    assert codes == ["open-restaurant.2"]
