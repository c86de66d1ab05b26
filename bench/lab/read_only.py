"""A file system that finds an error in itself and turns read-only under the running program, as ext4 does."""

from __future__ import annotations

import logging
import random
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from bench.lab.experiment import Outcome, Size
from bench.lab.findings import Findings
from bench.lab.mounts import alone, findings_of, mounted
from bench.lab.stores import Told, a_case, answer_to, got, know_the_centre, look, opened
from kiosk.domain.errors import StoreError
from kiosk.ports.storage import Ended
from offline_cache import SqliteStore
from offline_cache.envelopes import stored_ids
from offline_cache.layout import ENVELOPES

SIZE = "24M"
#: The error comes at most so long after the commits have begun, and so many are tried at most.
LATEST_S = 0.06
MOST_COMMITS = 400
_OPEN = "intake left open"
_UNREADABLE = "cases that could not be read any more"
_STILL = "commits still called safe afterwards"


class ReadOnly:
    """While cases are committed one after another, the file system gives up; later it is repaired and mounted."""

    name = "read-only"
    title = "The file system turns read-only in the middle: no false ok, out of service, everything there after repair"
    rows = "F22 N6"
    trials: Mapping[Size, int] = {"small": 4, "full": 100}
    slow = False

    def cannot(self) -> str | None:
        lacking = [name for name in ("mkfs.ext4", "e2fsck", "losetup", "findmnt") if _tool(name) is None]
        if lacking:
            return f"it needs {', '.join(lacking)}"
        own = alone()
        if own is None or "--user" in own or not Path("/dev/loop-control").exists():
            return "it needs root and a loop device for a file system of its own"
        return None

    def run(self, trials: int, folder: Path, *, control: bool) -> Outcome:
        return findings_of(__name__, folder, trials, "heedless" if control else "").outcome()


def main(folder: Path, trials: int, weakness: str, dice: random.Random) -> Findings:
    """In a process of its own. `weakness`: none, or "heedless", which says ok to every commit."""
    found = Findings()
    found.never.update(dict.fromkeys((_OPEN, _UNREADABLE, _STILL), 0))
    image, place = folder / "disk.img", folder / "disk"
    for _ in range(trials):
        subprocess.run(["truncate", "-s", SIZE, str(image)], check=True)
        subprocess.run([_tool("mkfs.ext4") or "", "-q", "-F", str(image)], check=True)
        told = Told()
        with mounted(place, "-o", "loop,errors=remount-ro", str(image)):
            kind = _session(place, told, found, weakness == "heedless", dice)
        subprocess.run([_tool("e2fsck") or "", "-fy", str(image)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with mounted(place, "-o", "loop", str(image)):
            found.trial(kind, look(place / "state", told))
        image.unlink()
    return found


def _session(place: Path, told: Told, found: Findings, heedless: bool, dice: random.Random) -> str:
    """Commit until it goes no more; afterwards the store has to know what it is in. Gives what became of it."""
    (place / "state").mkdir()
    store = opened(place / "state", ballast=1 << 20)
    try:
        know_the_centre(store)
        error = threading.Thread(target=_give_up, args=(place, dice.uniform(0, LATEST_S)))
        error.start()
        reason = None
        for number in range(1, MOST_COMMITS):
            case = a_case(number, dice)
            told.offered[case.case_id] = case.sha256
            result = got(store.commit((case,)))
            if result.ok or heedless:
                told.acknowledged[case.case_id] = case.sha256
            if not result.ok:
                # One who does not heed the first refusal goes on.
                first, reason = reason is None, result.reason
                if not (heedless and first):
                    break
        error.join()
        found.facts["commits before it"] += len(told.acknowledged)
        if reason is None:
            return "not noticed"
        _afterwards(store, place / "state", told, found, dice)
        return f"refused as {reason.value}"
    finally:
        store.close()


def _afterwards(store: SqliteStore, state: Path, told: Told, found: Findings, dice: random.Random) -> None:
    """Out of service, readable, and never again a false ok."""
    if store.space().intake_open:
        found.never[_OPEN] += 1
    late = a_case(9_999, dice)
    told.offered[late.case_id] = late.sha256
    if got(store.commit((late,))).ok:
        found.never[_STILL] += 1
    try:
        rows = {row.case_id for row in got(store.cases())}
        # The last one may have been told and never got its row: then it lies in its envelope.
        found.never[_UNREADABLE] += len(told.acknowledged.keys() - rows - set(stored_ids(state / ENVELOPES)))
    except StoreError:
        found.never[_UNREADABLE] += len(told.acknowledged)
    try:
        first = next(iter(told.acknowledged))
        case = a_case(1, random.Random(0))
        got(store.record(first, Ended(answer_to(case))))
    except (StopIteration, StoreError):
        found.facts["answers that have to wait for the repair"] += 1


def _give_up(place: Path, after_s: float) -> None:
    """Have the kernel find an error in the file system."""
    time.sleep(after_s)
    told = subprocess.run(["findmnt", "-no", "SOURCE", str(place)], capture_output=True, text=True, check=True)
    device = Path(told.stdout.strip()).name
    if not re.fullmatch(r"loop\d+", device):
        raise RuntimeError(f"not a loop device: {device}")
    Path(f"/sys/fs/ext4/{device}/trigger_fs_error").write_text("lab", encoding="ascii")


def _tool(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    print(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], random.Random(sys.argv[4])).as_json())
