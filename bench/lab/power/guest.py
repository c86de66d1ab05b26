"""Runs inside the virtual machine: looks at disks whose power was cut, then uses the store until its own goes.

Everything it says goes out of the machine as one JSON line each, and only after the store said that it is durable.

The first line it hears is `[number of disks to look at, whether to go on with the live one, first number of a case,
seed, protection]`; `protection` is "all", or what is missing of it: "fsync" (nobody syncs anything).
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import apsw

from bench.lab.cases import CaseMaker
from bench.lab.stores import answer_to, know_the_centre, sealed_hash
from kiosk.domain.errors import KioskError
from kiosk.ports.central import LocalFile
from kiosk.ports.storage import Ended, Errand, ErrandKind, OutboxEntry, Submission
from offline_cache import FileKeySource, SqliteStore, open_store

WORK = Path("/mnt")
# Small, so that a cut may fall while the ballast is made, and large enough that the disk is never the reason for losing
# nothing: a commit that fails is told and ends the run.
FLOOR_BYTES = 16 << 20
BALLAST_BYTES = 1 << 20
WAIT_S = 60.0
COMPLAINT = "桥头的路灯坏了三天。"

T = TypeVar("T")
Say = Callable[[list[Any]], None]


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def main() -> None:
    port = os.open(next(Path("/dev").glob("vport*p1")), os.O_RDWR)

    def say(message: list[Any]) -> None:
        line = json.dumps(message).encode() + b"\n"
        while line:
            line = line[os.write(port, line) :]

    say(["up"])
    images, live, first, seed, protection = json.loads(_line(port))
    for number in range(images):
        say(["examined", number, _examine(_device(str(number)))])
    if live:
        sleepy = None
        if protection == "fsync":
            sleepy = _Sleepy()
            os.fsync = os.fdatasync = lambda fd: None
        with _mounted(_device("live")) as folder:
            _work(_open(folder, sleepy.name if sleepy else None), folder, say, first, random.Random(seed))
    say(["done"])


def _line(port: int) -> bytes:
    whole = b""
    while not whole.endswith(b"\n"):
        whole += os.read(port, 4096)
    return whole


def _device(serial: str) -> Path:
    for path in Path("/sys/block").glob("vd*/serial"):
        if path.read_text(encoding="ascii").strip() == serial:
            return Path("/dev") / path.parent.name
    raise FileNotFoundError(f"no disk {serial}")


@contextmanager
def _mounted(device: Path) -> Iterator[Path]:
    """The disk's own file system, which first repairs itself from its journal."""
    folder = WORK / device.name
    folder.mkdir(exist_ok=True)
    box = WORK / "busybox"
    subprocess.run([box, "mount", "-t", "ext4", device, folder], check=True, capture_output=True)
    try:
        yield folder
    finally:
        subprocess.run([box, "umount", folder], check=True)


def _open(folder: Path, vfs: str | None = None) -> SqliteStore:
    state = folder / "state"
    state.mkdir(mode=0o700, exist_ok=True)
    return open_store(
        state,
        clock=_Clock(),
        keys=FileKeySource(state / "key", demo=True),
        floor_bytes=FLOOR_BYTES,
        ballast_bytes=BALLAST_BYTES,
        vfs=vfs,
    )


def _got(future: Future[T]) -> T:
    return future.result(WAIT_S)


# ---------------------------------------------------------------------------------------------------------- working


def _work(store: SqliteStore, folder: Path, say: Say, number: int, dice: random.Random) -> None:
    """Single cases, visits with several, answers of the centre, errands and drafts, until the power goes."""
    say(["opened", store.health().recovered, _free(folder)])
    know_the_centre(store)
    unsent: list[Submission] = []
    while True:
        items = _visit(number, dice)
        number += len(items)
        result = _got(store.commit(items))
        if not result.ok:
            say(["failed", f"commit: {result.reason}, {_free(folder)} bytes free"])
            return
        say(["saved", [[item.case_id, item.sha256] for item in items]])
        unsent += items
        match dice.randrange(6):
            case 0 | 1:
                item = unsent.pop(dice.randrange(len(unsent)))
                _got(store.mark_sending((item.case_id,)))
                _got(store.record(item.case_id, Ended(answer_to(item))))
                say(["ended", item.case_id])
            case 2:
                errand = Errand(ErrandKind.PARK, f"{number:016d}", os.urandom(dice.randrange(1, 9000)))
                if _got(store.add_errand(errand)).ok:
                    say(["errand", errand.id])
            case 3:
                _got(store.save_draft(os.urandom(dice.randrange(1, 9000))))
            case _:
                pass


def _visit(number: int, dice: random.Random) -> tuple[Submission, ...]:
    """One to three cases that are committed together; the visit's name begins with the hexadecimal count of them."""
    count = dice.choice((1, 1, 1, 2, 3))
    session = f"{count:x}{number:015x}"
    made = (CaseMaker().submission(number + place, COMPLAINT * dice.randrange(1, 200)) for place in range(count))
    return tuple(replace(item, session=session, files=_photographs(dice)) for item in made)


def _photographs(dice: random.Random) -> tuple[LocalFile, ...]:
    if dice.randrange(4):
        return ()
    data = dice.randbytes(dice.randrange(1, 40_000))
    return (LocalFile(hashlib.sha256(data).hexdigest(), "image/jpeg", data),)


def _free(folder: Path) -> int:
    stat = os.statvfs(folder)
    return stat.f_bavail * stat.f_frsize


# ------------------------------------------------------------------------------------------------------- looking at


def _examine(device: Path) -> dict[str, Any]:
    """What the next start finds on a disk, and what it would find had the database been destroyed as well."""
    try:
        with _mounted(device) as folder:
            found = _look(folder)
            database = folder / "state" / "store.db"
            database.write_bytes(os.urandom(database.stat().st_size))
            return {"start": found, "envelopes": _look(folder)}
    except subprocess.CalledProcessError as error:
        return {"broken": f"{error.cmd[1]} failed"}
    except (OSError, KioskError, apsw.Error) as error:
        return {"broken": f"{type(error).__name__}: {error}"}


def _look(folder: Path) -> dict[str, Any]:
    store = _open(folder)
    try:
        rows = _got(store.cases())
        far = datetime(2100, 1, 1, tzinfo=UTC)
        return {
            "recovered": store.health().recovered,
            "cases": [[row.case_id, row.sha256, row.state.ended, row.session] for row in rows],
            "due": [[entry.case_id, _hash(entry)] for entry in _got(store.due(far, 1 << 20))],
            "errands": [errand.id for errand in _got(store.errands_due(far, 1 << 20))],
            "problems": list(_got(store.verify()).problems),
            "free": _free(folder),
        }
    finally:
        store.close()


def _hash(entry: OutboxEntry) -> str | None:
    """Of the case that would be sent; of a sealed one as the centre opens it."""
    return sealed_hash(entry) if entry.sealed else hashlib.sha256(entry.body).hexdigest()


# ---------------------------------------------------------------------------------------------- protection taken away


class _Sleepy(apsw.VFS):
    """Files that are not synced."""

    def __init__(self) -> None:
        self.name = "sleepy"
        super().__init__(self.name, "")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> _SleepyFile:
        return _SleepyFile("", name, flags)


class _SleepyFile(apsw.VFSFile):
    def xSync(self, flags: int) -> None:
        """Nothing is synced."""


if __name__ == "__main__":
    main()
