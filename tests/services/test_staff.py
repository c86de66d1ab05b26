"""The technician's PIN: misses are counted, the lock doubles, restarts and clock changes do not shorten it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.flow.events import PinAccepted, PinRefused
from kiosk.services.staff import StaffGate, hash_pin, weak
from offline_cache.pin_file import PinFile

PIN = "271828"


class HeldClock:
    """A clock that only moves when told to."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


@pytest.fixture(scope="module")
def hashed() -> str:
    return hash_pin(PIN)


@pytest.fixture
def book(tmp_path: Path, hashed: str) -> PinFile:
    book = PinFile(tmp_path)
    book.set_pin_hash(hashed)
    return book


def miss(gate: StaffGate, times: int) -> PinRefused:
    answer: PinAccepted | PinRefused = PinRefused(0)
    for _ in range(times):
        answer = gate.check("000001")
    assert isinstance(answer, PinRefused)
    return answer


def test_hash_is_argon2id_with_the_published_parameters(hashed: str) -> None:
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PIN not in hashed


def test_right_pin_opens_and_forgets_the_misses(book: PinFile) -> None:
    gate = StaffGate(book, HeldClock())
    miss(gate, 4)
    assert gate.check(PIN) == PinAccepted()
    assert book.lockout().misses == 0


def test_no_pin_was_ever_set_then_nobody_gets_in(tmp_path: Path) -> None:
    assert StaffGate(PinFile(tmp_path), HeldClock()).check(PIN) == PinRefused(0, unset=True)


def test_fifth_miss_locks_for_fifteen_seconds_even_against_the_right_pin(book: PinFile) -> None:
    gate = StaffGate(book, HeldClock())
    assert miss(gate, 5).locked_s == 15
    assert gate.check(PIN) == PinRefused(15)


def test_each_further_miss_doubles_the_lock(book: PinFile) -> None:
    clock = HeldClock()
    gate = StaffGate(book, clock)
    miss(gate, 5)
    for expected in (30, 60, 120):
        clock.at += timedelta(seconds=expected)
        assert miss(gate, 1).locked_s == expected


def test_restart_does_not_unlock(book: PinFile, tmp_path: Path) -> None:
    clock = HeldClock()
    miss(StaffGate(book, clock), 5)
    clock.at += timedelta(seconds=5)
    assert StaffGate(PinFile(tmp_path), clock).check(PIN) == PinRefused(10)


def test_clock_set_back_serves_the_whole_lock_again(book: PinFile) -> None:
    clock = HeldClock()
    gate = StaffGate(book, clock)
    miss(gate, 5)
    clock.at -= timedelta(days=365)
    assert gate.locked_s() == 15


def test_lock_ends_after_its_time(book: PinFile) -> None:
    clock = HeldClock()
    gate = StaffGate(book, clock)
    miss(gate, 5)
    clock.at += timedelta(seconds=15)
    assert gate.check(PIN) == PinAccepted()


def test_unreadable_lockout_file_counts_as_locked_misses(book: PinFile, tmp_path: Path) -> None:
    (tmp_path / "staff" / "lockout.json").write_text("{")
    assert book.lockout().misses >= 5


def test_files_are_for_the_owner_alone(book: PinFile, tmp_path: Path) -> None:
    assert (tmp_path / "staff" / "pin").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("pin", ["12345", "111111", "123456", "987654", "abcdef", "1234567890123", "890123"])
def test_weak_pins_are_refused_with_a_reason(pin: str) -> None:
    assert weak(pin)


def test_good_pin_is_not_weak() -> None:
    assert weak(PIN) is None
