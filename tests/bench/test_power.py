"""The parts of the power-cut experiment that need no machine: its disk, and how what is left is judged."""

from __future__ import annotations

import random
import socket
import struct
from pathlib import Path
from typing import Any

import pytest

from bench.lab.power.disk import SECTOR, CachedDisk, DiskServer
from bench.lab.power.ledger import Ledger, judge
from bench.lab.power.machine import Heard

OLD, NEW = b"o" * (4 * SECTOR), b"n" * (4 * SECTOR)


@pytest.fixture
def medium(tmp_path: Path) -> Path:
    path = tmp_path / "medium"
    path.write_bytes(OLD)
    return path


def _after(disk: CachedDisk, place: int, seed: int, target: Path) -> bytes:
    disk.cut(place, target, random.Random(seed))
    return target.read_bytes()


def test_a_write_before_a_flush_survives_every_cut(medium: Path) -> None:
    disk = CachedDisk(medium)
    disk.write(0, NEW)
    disk.flush()
    assert {_after(disk, 2, seed, medium.with_name("cut")) for seed in range(20)} == {NEW}
    assert medium.read_bytes() == OLD, "the medium is as it was; each cut is another file"


@pytest.mark.parametrize("lies", [False, True])
def test_a_write_that_is_not_really_flushed_survives_in_whole_sectors_or_not_at_all(medium: Path, lies: bool) -> None:
    disk = CachedDisk(medium, lies=lies)
    disk.write(0, NEW)
    if lies:
        disk.flush()
    found = [_after(disk, 1, seed, medium.with_name("cut")) for seed in range(40)]
    sectors = {cut[start : start + SECTOR] for cut in found for start in range(0, len(cut), SECTOR)}
    assert sectors == {OLD[:SECTOR], NEW[:SECTOR]}
    assert OLD in found
    assert disk.read(0, 4 * SECTOR) == NEW, "as long as it has power it sees what it wrote"


def test_an_earlier_cut_knows_nothing_of_later_flushes(medium: Path) -> None:
    disk = CachedDisk(medium)
    disk.write(0, NEW)
    disk.flush()
    assert OLD in [_after(disk, 1, seed, medium.with_name("cut")) for seed in range(20)]


def test_the_disk_answers_over_nbd(medium: Path) -> None:
    disk = CachedDisk(medium)
    ours, theirs = socket.socketpair()
    server = DiskServer(disk, theirs)
    stream = ours.makefile("rb")
    assert stream.read(18)[:16] == b"NBDMAGICIHAVEOPT"
    ours.sendall(struct.pack(">I", 3) + b"IHAVEOPT" + struct.pack(">II", 7, 6) + bytes(6))
    stream.read(20)
    assert struct.unpack(">HQH", stream.read(12)) == (0, len(OLD), 0b101)
    stream.read(20)
    for kind, offset, length, data in ((1, 0, 3, b"new"), (3, 0, 0, b""), (0, 0, 4, b"")):
        ours.sendall(struct.pack(">IHHQQI", 0x25609513, 0, kind, 9, offset, length) + data)
        assert struct.unpack(">IIQ", stream.read(16)) == (0x67446698, 0, 9)
    assert stream.read(4) == b"newo"
    stream.close()
    ours.close()
    server.join()
    assert len(disk.entries) == 2


def _report(cases: list[list[Any]], due: dict[str, str], envelopes: dict[str, str]) -> dict[str, Any]:
    return {
        "start": {"recovered": False, "cases": cases, "due": list(due.items()), "errands": ["e"], "problems": []},
        "envelopes": {"recovered": True, "cases": cases, "due": list(envelopes.items()), "errands": [], "problems": []},
    }


TOLD = Ledger().after(
    [
        Heard(["saved", [["a", "1"], ["b", "2"]]], 10),
        Heard(["ended", "a"], 20),
        Heard(["errand", "e"], 30),
        Heard(["saved", [["late", "3"]]], 40),
    ],
    30,
)
WHOLE: list[list[Any]] = [["a", "1", True, "2x"], ["b", "2", False, "2x"]]
A, B = {"a": "1"}, {"b": "2"}


def test_a_disk_with_everything_that_was_told_is_whole() -> None:
    assert not judge(TOLD, _report(WHOLE, B, B)).harm.any


@pytest.mark.parametrize(
    ("report", "kind"),
    [
        (_report([], {}, {}), "cases"),
        (_report([["a", "1", False, "2x"], WHOLE[1]], A | B, A | B), "answers"),
        (_report(WHOLE, {}, B), "places in the outbox"),
        (_report(WHOLE, B, {}), "envelopes"),
        (_report([WHOLE[0], ["b", "other", False, "2x"]], B, B), "wrong hashes"),
        (_report(WHOLE, B, {"b": "what the centre opens"}), "wrong hashes"),
        (_report([*WHOLE, ["c", "3", True, "2y"]], B, B), "halves of a visit"),
    ],
)
def test_what_is_missing_is_harm(report: dict[str, Any], kind: str) -> None:
    judgement = judge(TOLD, report)
    assert judgement.harm.any
    assert judgement.gone[kind]


def test_a_disk_that_cannot_be_used_is_harm() -> None:
    assert judge(TOLD, {"broken": "it would not mount"}).harm.corrupt == 1
