"""Store, scripted centre and worker on one hand-moved clock."""

from __future__ import annotations

import json
from collections.abc import Callable

from kiosk.central_api import HttpCaseApi
from kiosk.ports.central import SyncEvent
from kiosk.ports.storage import CaseRow, CaseState
from kiosk.sync import SyncOptions, SyncWorker
from offline_cache import MemoryStore
from tests.central_api.scripted_server import Handler, ScriptedCentre, Seen
from tests.contracts.samples import HandClock, case_id, got, submission

HOUR = 3600.0


class Scene:
    """Store, centre and worker on one hand-moved clock. Dice always roll 0.5."""

    def __init__(self, centre: ScriptedCentre, **options: float) -> None:
        self.clock = HandClock()
        self.centre = centre
        self.store = MemoryStore(self.clock)
        self.events: list[SyncEvent] = []
        self.api = HttpCaseApi(centre.url, terminal="YP0301", total_timeout_s=5.0)
        self.refuse: Callable[[bytes], str | None] = lambda bundle: None
        self.worker = self.new_worker(**options)
        self.worker.step()
        self.events.clear()
        centre.seen.clear()

    def new_worker(self, boot: str = "boot", roll: float = 0.5, **options: float) -> SyncWorker:
        rare = dict.fromkeys(("heartbeat_s", "catalogue_s", "keys_s", "sites_s", "upkeep_s"), 1e6)
        chosen = SyncOptions(**{**rare, "spread_s": 0.0, **options})  # type: ignore[arg-type]
        return SyncWorker(
            self.store,
            self.api,
            self.clock,
            self.events.append,
            accept_package=lambda bundle: self.refuse(bundle),
            options=chosen,
            roll=lambda: roll,
            boot=boot,
        )

    def commit(self, *numbers: int) -> None:
        assert got(self.store.commit(tuple(submission(n) for n in numbers))).ok

    def row(self, number: int) -> CaseRow:
        row = got(self.store.case(case_id(number)))
        assert row is not None
        return row

    def state(self, number: int) -> CaseState:
        return self.row(number).state

    def attempts(self, number: int) -> int:
        return self.row(number).attempts

    def requests(self) -> list[list[str]]:
        """The cases of each request that sent any."""
        return [sent for seen in self.centre.seen if (sent := cases_of(seen))]

    def puts(self) -> list[str]:
        return [case_id for sent in self.requests() for case_id in sent]


def cases_of(request: Seen | Handler) -> list[str]:
    """Which cases a request sends, in their order."""
    if request.path == "/v1/cases/batch":
        return [case["case_id"] for case in json.loads(request.body)["cases"]]
    if request.path.startswith("/v1/cases/YP"):
        return [request.path.rsplit("/", 1)[1]]
    return []
