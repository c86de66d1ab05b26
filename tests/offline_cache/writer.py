"""Commits cases until it is killed; prints each id after its commit is acknowledged, and nothing else.

Arguments: state folder, first number. Between two commits it sometimes records an answer, so that kills also fall
between "the centre has it" and "the envelope is gone".
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from kiosk.ports.storage import Ended
from offline_cache import FileKeySource, open_store
from tests.contracts.samples import answer, got, submission


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def main() -> None:
    state_dir, number = Path(sys.argv[1]), int(sys.argv[2])
    keys = FileKeySource(state_dir / "key", demo=True)
    store = open_store(state_dir, clock=_Clock(), keys=keys, floor_bytes=0, ballast_bytes=0)
    print("ready", flush=True)
    while True:
        items = (submission(number, "x" * 500), submission(number + 1, "y" * 3000))
        if not got(store.commit(items)).ok:
            raise SystemExit("commit failed")
        print(*(item.case_id for item in items), flush=True)
        if number % 6 == 0:
            got(store.mark_sending((items[0].case_id,)))
            got(store.record(items[0].case_id, Ended(answer(items[0]))))
        number += 2


if __name__ == "__main__":
    main()
