"""The catalogue: fetched once, then only asked about; a bad package is refused, the others become visible at once."""

from __future__ import annotations

import hashlib
import json

import pytest

from kiosk.ports.central import CatalogueChanged, PackageRefused
from kiosk.ports.storage import KV_CATALOGUE_ETAG
from tests.central_api.scripted_server import Answer, Handler, cut, html, problem
from tests.contracts.samples import got
from tests.sync.scene import HOUR, Scene

# Retries are logged; that is meant here.
pytestmark = pytest.mark.usefixtures("caplog")


class Shelf:
    """What the centre offers."""

    def __init__(self, scene: Scene) -> None:
        self.bundles: dict[tuple[str, int], bytes] = {}
        self.offered: dict[str, int] = {}
        self.scene = scene
        scene.centre.default = self.answer

    def offer(self, id: str, version: int, text: str = "") -> None:
        self.bundles[(id, version)] = json.dumps({"id": id, "version": version, "files": {"t": text}}).encode()
        self.offered[id] = version

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(repr(sorted(self.offered.items())).encode()).hexdigest()[:8]}"'

    def answer(self, request: Handler) -> None:
        if request.path == "/v1/catalogue":
            if request.headers.get("If-None-Match") == self.etag:
                request.send_response(304)
                request.end_headers()
                return
            items = [
                {
                    "id": id,
                    "version": version,
                    "sha256": hashlib.sha256(self.bundles[(id, version)]).hexdigest(),
                    "title": {"zh-Hans": id},
                    "code": "0",
                }
                for id, version in self.offered.items()
            ]
            request.json(200, {"version": self.etag, "items": items}, ETag=self.etag)
        elif request.path.startswith("/v1/packages/"):
            _, _, _, id, version = request.path.split("/")
            request.bytes(200, self.bundles[(id, int(version))], "application/json")
        else:
            self.scene.centre.store(request)

    def refresh(self) -> list[str]:
        """Step once; the paths asked for."""
        self.scene.centre.seen.clear()
        self.scene.worker.refresh()
        self.scene.worker.step()
        return [seen.path for seen in self.scene.centre.seen if seen.path.startswith(("/v1/catalogue", "/v1/packages"))]

    def active(self) -> dict[str, int]:
        return {row.id: row.version for row in got(self.scene.store.active_packages())}


@pytest.fixture
def shelf(scene: Scene) -> Shelf:
    return Shelf(scene)


def test_the_catalogue_is_fetched_once_and_then_only_asked_for_changes(scene: Scene, shelf: Shelf) -> None:
    shelf.offer("a", 1)
    shelf.offer("b", 1)
    assert shelf.refresh() == ["/v1/catalogue", "/v1/packages/a/1", "/v1/packages/b/1"]
    assert shelf.active() == {"a": 1, "b": 1}
    assert CatalogueChanged(2) in scene.events
    assert shelf.refresh() == ["/v1/catalogue"]
    shelf.offer("b", 2)
    assert shelf.refresh() == ["/v1/catalogue", "/v1/packages/b/2"]
    assert shelf.active() == {"a": 1, "b": 2}


def test_a_catalogue_without_change_costs_one_request_and_no_byte_of_a_body(scene: Scene, shelf: Shelf) -> None:
    shelf.offer("a", 1)
    shelf.refresh()
    sent: list[bytes] = []

    def count(request: Handler) -> None:
        if request.path != "/v1/catalogue":
            scene.centre.store(request)
            return
        real = request.wfile.write
        request.wfile.write = lambda data: (sent.append(bytes(data)), real(data))[1]  # type: ignore[method-assign]
        shelf.answer(request)

    scene.centre.default = count
    assert shelf.refresh() == ["/v1/catalogue"]
    head, _, body = b"".join(sent).partition(b"\r\n\r\n")
    assert b" 304 " in head.splitlines()[0]
    assert body == b""


def test_a_bad_package_is_refused_the_old_one_stays_and_the_others_change(scene: Scene, shelf: Shelf) -> None:
    shelf.offer("a", 1)
    shelf.offer("b", 1)
    shelf.refresh()
    scene.refuse = lambda bundle: "form.json: /pages: wrong" if b"bad" in bundle else None
    shelf.offer("a", 2, "bad")
    shelf.offer("b", 2)
    shelf.offer("c", 1, "bad")
    shelf.refresh()
    assert shelf.active() == {"a": 1, "b": 2}
    refused = [event for event in scene.events if isinstance(event, PackageRefused)]
    assert refused == [
        PackageRefused("a", 2, "form.json: /pages: wrong"),
        PackageRefused("c", 1, "form.json: /pages: wrong"),
    ]
    assert shelf.refresh() == ["/v1/catalogue"], "the same bad bytes are not fetched again"
    assert [event for event in scene.events if isinstance(event, PackageRefused)] == refused
    shelf.offer("a", 3)
    shelf.offer("c", 2)
    shelf.refresh()
    assert shelf.active() == {"a": 3, "b": 2, "c": 2}
    assert got(scene.store.get(KV_CATALOGUE_ETAG)) == shelf.etag


def test_the_same_version_with_other_content_is_refused(scene: Scene, shelf: Shelf) -> None:
    shelf.offer("a", 1)
    shelf.refresh()
    before = got(scene.store.active_packages())
    shelf.offer("a", 1, "changed")
    shelf.offer("b", 1)
    shelf.refresh()
    assert got(scene.store.package("a", 1)) == before[0]
    assert PackageRefused("a", 1, "same version, other content") in scene.events
    assert shelf.active() == {"a": 1, "b": 1}


def test_a_link_that_breaks_between_two_packages_changes_nothing_yet(scene: Scene, shelf: Shelf) -> None:
    shelf.offer("a", 1)
    shelf.refresh()
    shelf.offer("a", 2)
    shelf.offer("b", 1)
    answer, scene.centre.default = scene.centre.default, shelf.answer

    def break_at_b(request: Handler) -> None:
        (cut if "/b/" in request.path else answer)(request)

    scene.centre.default = break_at_b
    shelf.refresh()
    assert shelf.active() == {"a": 1}
    scene.centre.default = answer
    scene.clock.forward(HOUR)
    scene.worker.step()
    assert shelf.active() == {"a": 2, "b": 1}


def test_a_package_with_another_hash_than_announced_is_not_taken(scene: Scene, shelf: Shelf) -> None:
    shelf.offer("a", 1)
    answer = scene.centre.default
    scene.centre.default = lambda request: (
        request.json(200, {"id": "a"}) if "/packages/" in request.path else answer(request)
    )
    shelf.refresh()
    assert shelf.active() == {}
    assert got(scene.store.get(KV_CATALOGUE_ETAG)) is None


@pytest.mark.parametrize(
    ("answer", "reason"),
    [(html(200), "no usable answer"), (problem(404, "package-unknown"), "urn:kiosk:problem:package-unknown")],
)
def test_a_package_that_does_not_come_is_named_and_asked_for_again(
    scene: Scene, shelf: Shelf, answer: Answer, reason: str
) -> None:
    shelf.offer("a", 1)
    shelf.offer("b", 1)
    scene.centre.default = lambda request: (answer if "/a/" in request.path else shelf.answer)(request)
    shelf.refresh()
    assert shelf.active() == {"b": 1}
    assert PackageRefused("a", 1, reason) in scene.events
    scene.centre.default = shelf.answer
    shelf.refresh()
    assert shelf.active() == {"a": 1, "b": 1}


def test_a_package_that_names_itself_otherwise_leaves_the_older_one_on_offer(scene: Scene, shelf: Shelf) -> None:
    shelf.offer("a", 1)
    shelf.refresh()
    shelf.offer("a", 2)
    shelf.bundles[("a", 2)] = shelf.bundles[("a", 2)].replace(b'"a"', b'"b"')
    shelf.refresh()
    assert shelf.active() == {"a": 1}


def test_an_empty_catalogue_takes_nothing_away(scene: Scene, shelf: Shelf) -> None:
    shelf.offer("a", 1)
    shelf.refresh()
    shelf.offered.clear()
    shelf.refresh()
    assert shelf.active() == {"a": 1}


def test_a_checker_that_trips_refuses_the_package_only(scene: Scene, shelf: Shelf) -> None:
    def trip(bundle: bytes) -> str | None:
        raise RecursionError

    scene.refuse = trip
    shelf.offer("a", 1)
    shelf.refresh()
    assert PackageRefused("a", 1, "checker failed (RecursionError)") in scene.events
