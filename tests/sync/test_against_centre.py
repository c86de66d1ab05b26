"""The sync loop against the project's own centre, over loopback: what one side sends the other side takes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.central_api import HttpCaseApi
from kiosk.domain.parked import HALF_BYTES, new_carry_on
from kiosk.domain.sealing import WORK_CONTEXT, seal
from kiosk.forms import PackageBundle, PackageError, canonical_bytes, load_package
from kiosk.ports.central import Catalogue, IdentitySession, LocalFile, PackageRefused, ParkedClaim, Rejected, SyncEvent
from kiosk.ports.storage import CaseState, Errand, ErrandKind, Submission
from kiosk.sync import StoredPlaces, SyncOptions, SyncWorker
from offline_cache import FileKeySource, SqliteStore, open_store
from tests.central.samples import CERTIFICATE, COMPLAINT, PERMIT, case_bytes, offer
from tests.central.support import NOW, PERSONS, Running, running
from tests.central.test_papers import JPEG, file, with_papers
from tests.central.test_sealed import doubted
from tests.contracts.samples import HandClock, got

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@dataclass
class Scene:
    centre: Running
    store: SqliteStore
    worker: SyncWorker
    api: HttpCaseApi
    clock: HandClock
    events: list[SyncEvent]


def accept(bundle: bytes) -> str | None:
    try:
        load_package(PackageBundle.from_bytes(bundle))
    except PackageError as error:
        return str(error)
    return None


def opened(folder: Path, clock: HandClock) -> SqliteStore:
    keys = FileKeySource(folder / "key", demo=True)
    return open_store(folder / "store", clock=clock, keys=keys, floor_bytes=0, ballast_bytes=0)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    (tmp_path / "centre").mkdir()
    with running(tmp_path / "centre") as centre:
        clock = HandClock(NOW)
        store = opened(tmp_path, clock)
        events: list[SyncEvent] = []
        api = HttpCaseApi(f"http://127.0.0.1:{centre.client.port}", terminal="YP0301", places=StoredPlaces(store))
        options = SyncOptions(spread_s=0.0)
        worker = SyncWorker(store, api, clock, events.append, accept_package=accept, options=options, roll=lambda: 0.5)
        yield Scene(centre, store, worker, api, clock, events)
        store.close()


def submission(body: bytes, *pages: bytes) -> Submission:
    raw = json.loads(body)
    return Submission(
        case_id=raw["case_id"],
        parent_id=raw["parent_id"],
        item_id=raw["item"]["id"],
        item_version=raw["item"]["version"],
        package_sha256=raw["item"]["package_sha256"],
        trace_id=raw["trace_id"],
        session="00112233445566aa",
        created=NOW,
        body=body,
        sha256=hashlib.sha256(body).hexdigest(),
        kind="apply",
        files=tuple(LocalFile(hashlib.sha256(page).hexdigest(), "image/jpeg", page) for page in pages),
    )


def test_every_package_of_the_centre_becomes_active_and_is_then_only_confirmed(scene: Scene) -> None:
    scene.worker.step()
    active = got(scene.store.active_packages())
    assert {row.id for row in active} >= {CERTIFICATE, COMPLAINT, PERMIT, "open-restaurant"}
    assert [event for event in scene.events if isinstance(event, PackageRefused)] == []
    assert all(hashlib.sha256(row.bundle).hexdigest() == row.sha256 for row in active)
    fetched = scene.api.catalogue(None)
    assert isinstance(fetched, Catalogue)
    assert {(item.id, item.version) for item in fetched.items} == {(row.id, row.version) for row in active}


def test_each_kind_of_answer_ends_its_case(scene: Scene) -> None:
    bodies = {
        "granted": case_bytes(scene.centre, "lin"),
        "refused": case_bytes(scene.centre, "wang"),
        "referred": case_bytes(scene.centre, "zhao"),
        "ticketed": case_bytes(scene.centre, "lin", COMPLAINT),
        "accepted": case_bytes(scene.centre, "lin", PERMIT),
    }
    items = {status: submission(body) for status, body in bodies.items()}
    assert got(scene.store.commit(tuple(items.values()))).ok
    scene.worker.step()
    rows = {row.case_id: row for row in got(scene.store.cases())}
    for status, item in items.items():
        row = rows[item.case_id]
        assert row.answer is not None, (status, row.reason, row.detail)
        assert row.answer.status == status
        assert row.state is (CaseState.REFUSED if status == "refused" else CaseState.ACCEPTED)
    refused = rows[items["refused"].case_id].answer
    assert refused is not None
    assert refused.decision is not None
    assert refused.decision.reason["zh-Hans"]
    granted = rows[items["granted"].case_id].answer
    assert granted is not None
    assert granted.decision is not None
    assert granted.decision.document is not None
    ticketed = rows[items["ticketed"].case_id].answer
    assert ticketed is not None
    assert ticketed.ticket_no is not None
    assert scene.api.known(tuple(rows)) == {case_id: row.sha256 for case_id, row in rows.items()}


def test_a_card_opens_a_session_and_an_unseen_person_has_no_licence(scene: Scene) -> None:
    person = PERSONS["lin"]
    session = scene.api.identity_session(person["number"], person["name"], CERTIFICATE, TRACE)
    assert isinstance(session, IdentitySession)
    found = scene.api.licences(session.session, ("no_such_type",), CERTIFICATE, TRACE)
    assert isinstance(found, tuple)
    assert [(entry.type, entry.status) for entry in found] == [("no_such_type", "unknown_type")]


def test_a_rating_spends_a_token_of_the_heartbeat(scene: Scene) -> None:
    scene.worker.step()
    assert got(scene.store.add_rating_tokens(())) > 0
    got(scene.store.queue_rating("residence-permit-renewal", 5, ()))
    scene.clock.forward(2 * SyncOptions().ratings_s)
    scene.worker.step()
    assert got(scene.store.ratings_due(5)) == ()
    assert scene.centre.centre.terminals.levels() == {5: 1}


PAGE = JPEG + bytes(300_000)


def commit_with_a_page(scene: Scene) -> Submission:
    item = submission(canonical_bytes(with_papers(scene.centre, file(PAGE))), PAGE)
    assert got(scene.store.commit((item,))).ok
    return item


def test_a_photograph_comes_first_and_the_case_is_taken(scene: Scene) -> None:
    item = commit_with_a_page(scene)
    scene.worker.step()
    row = got(scene.store.case(item.case_id))
    assert row is not None
    assert (row.state, row.reason, row.attempts) == (CaseState.ACCEPTED, None, 1)
    assert item.files[0].sha256 in scene.centre.centre.files.known([item.files[0].sha256])


@pytest.mark.usefixtures("caplog")
def test_a_case_that_the_centre_lost_comes_back_whole(scene: Scene, tmp_path: Path) -> None:
    item = commit_with_a_page(scene)
    scene.worker.step()
    (tmp_path / "other").mkdir()
    # The same address of another machine that knows nothing.
    with running(tmp_path / "other") as empty:
        scene.api._base = f"http://127.0.0.1:{empty.client.port}"
        scene.clock.forward(2 * 86400.0)
        scene.worker.refresh()
        scene.worker.step()
        scene.worker.step()
        assert scene.api.known((item.case_id,)) == {item.case_id: item.sha256}
        assert item.files[0].sha256 in empty.centre.files.known([item.files[0].sha256])


@pytest.mark.usefixtures("caplog")
def test_a_case_whose_database_is_destroyed_reaches_the_centre_as_its_envelope(scene: Scene, tmp_path: Path) -> None:
    scene.worker.step()
    item = commit_with_a_page(scene)
    scene.store.close()
    (database,) = (tmp_path / "store").glob("*.db")
    database.write_bytes(b"noise" * 1000)
    store = opened(tmp_path, scene.clock)
    try:
        assert store.health().recovered
        (waiting,) = got(store.due(scene.clock.now(), 5))
        assert waiting.sealed
        assert PAGE not in waiting.body
        options = SyncOptions(spread_s=0.0)
        SyncWorker(store, scene.api, scene.clock, scene.events.append, accept_package=accept, options=options).step()
        row = got(store.case(item.case_id))
        assert row is not None
        assert (row.state, row.unconfirmed) == (CaseState.ACCEPTED, True)
        assert doubted(scene.centre, item.case_id)
        assert scene.api.known((item.case_id,)) == {item.case_id: item.sha256}
    finally:
        store.close()


def test_parked_work_is_kept_by_the_centre_and_released_again(scene: Scene) -> None:
    scene.worker.step()
    keys = scene.api.sealing_keys()
    assert isinstance(keys, tuple)
    work = new_carry_on()
    offered = offer(scene.centre, CERTIFICATE)
    head = {
        "v": 1,
        "parked_id": work.parked_id,
        "item_id": CERTIFICATE,
        "item_version": offered["version"],
        "package_sha256": offered["sha256"],
        "until": (NOW + timedelta(days=7)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "work": b"noise of thirty bytes or more.",
    }
    person = PERSONS["lin"]
    owner = {"number": person["number"], "name": person["name"]}
    envelope = seal(keys[0], WORK_CONTEXT, head, {"half": b"h" * HALF_BYTES, "owner": owner})
    assert got(scene.store.add_errand(Errand(ErrandKind.PARK, work.parked_id, envelope))).ok
    scene.worker.step()
    assert got(scene.store.outbox()).errands == 0
    session = scene.api.identity_session(person["number"], person["name"], None, TRACE)
    assert isinstance(session, IdentitySession)
    claim = scene.api.claim(session.session, work.parked_id, TRACE)
    assert isinstance(claim, ParkedClaim)
    assert (claim.half, claim.work) == (b"h" * HALF_BYTES, head["work"])
    assert got(scene.store.add_errand(Errand(ErrandKind.RELEASE, work.parked_id, claim.release.encode()))).ok
    scene.worker.step()
    assert got(scene.store.outbox()).errands == 0
    assert isinstance(scene.api.claim(session.session, work.parked_id, TRACE), Rejected)
