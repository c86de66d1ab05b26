"""`kill -9` at any moment: every id that was acknowledged is there, none is half there."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from offline_cache import FileKeySource, open_store
from offline_cache.envelopes import stored_ids
from tests.contracts.samples import HandClock, got

KILLS = 10
ROOT = Path(__file__).parents[2]


@pytest.mark.usefixtures("caplog")  # what the sweep discards is logged
def test_every_acknowledged_case_survives_a_kill_at_a_random_moment(tmp_path: Path) -> None:
    dice = random.Random(20261121)
    told: set[str] = set()
    number = 1
    for _ in range(KILLS):
        with subprocess.Popen(
            [sys.executable, "-m", "tests.offline_cache.writer", str(tmp_path), str(number)],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            text=True,
        ) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
            seen: list[str] = []
            for _ in range(dice.randrange(1, 12)):
                seen += writer.stdout.readline().split()
            # A burst of work of random length, so that the kill falls anywhere between two writes.
            sum(range(dice.randrange(100_000)))
            writer.send_signal(signal.SIGKILL)
            seen += writer.stdout.read().rpartition("\n")[0].split()
        told.update(seen)
        number += 2 * 10_000

        keys = FileKeySource(tmp_path / "key", demo=True)
        store = open_store(tmp_path, clock=HandClock(), keys=keys, floor_bytes=0, ballast_bytes=0)
        rows = {row.case_id: row for row in got(store.cases())}
        assert told <= set(rows)
        assert len(rows) % 2 == 0, "two cases of one commit come together"
        assert not store.recovered
        report = got(store.verify())
        assert report.ok, report.problems
        unsent = {case_id for case_id, row in rows.items() if not row.state.ended}
        assert set(stored_ids(tmp_path / "envelopes")) == unsent
        store.close()
    assert len(told) >= 2 * KILLS
