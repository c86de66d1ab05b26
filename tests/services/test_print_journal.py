"""Print jobs that a crash left open become unknown at the next start, and nothing is printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.ports.storage import JournalRow
from kiosk.services.print_journal import settle_journal
from offline_cache import find_key_source, open_store
from tests.contracts.samples import START, HandClock, got
from tests.devices.rig import wait_until


@pytest.mark.usefixtures("caplog")
@pytest.mark.parametrize("last", ["queued", "sent", "held"])
def test_a_job_that_was_on_its_way_when_the_program_died_is_unknown_after_the_next_start(
    tmp_path: Path, last: str
) -> None:
    clock = HandClock()
    states = ("queued", "sent", "held")
    before = open_store(tmp_path, clock=clock, keys=find_key_source(tmp_path, demo=True))
    for state in states[: states.index(last) + 1]:
        got(before.journal("job", None, state, START))
    for job, end in (("done", "confirmed"), ("refused", "failed"), ("stopped", "canceled"), ("lost", "unknown")):
        got(before.journal(job, None, "queued", START))
        got(before.journal(job, None, end, START))
    before.close()  # whatever ended it, the journal says the same

    after = open_store(tmp_path, clock=clock, keys=find_key_source(tmp_path, demo=True))
    try:
        settle_journal(after, clock)
        got(after.journal("own", None, "queued", START))

        def rows_now() -> dict[str, JournalRow]:
            return {row.job_id: row for row in got(after.journal_rows())}

        wait_until(lambda: rows_now()["job"].state == "unknown")
        rows = rows_now()
        assert {job: row.state for job, row in rows.items()} == {
            "job": "unknown",
            "done": "confirmed",
            "refused": "failed",
            "stopped": "canceled",
            "lost": "unknown",
            "own": "queued",
        }
        assert [state for state, _ in rows["job"].states][-2:] == [last, "unknown"]
        assert len(rows["lost"].states) == 2
    finally:
        after.close()
