"""The technician's PIN: argon2id, counted misses, a lock that doubles and survives a restart.

Parameters are OWASP's for argon2id (19 MiB, two passes, one lane). Five misses lock for 15 s, each further one doubles
it. A lock is measured from the moment it began by the wall clock; a clock set back cannot shorten it, because then the
whole lock is served again.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from kiosk.flow.events import PinAccepted, PinRefused
from kiosk.ports.clock import Clock
from kiosk.ports.staff import Lockout, PinBook

FREE_MISSES = 5
FIRST_LOCK_S = 15
LONGEST_LOCK_S = 86_400
PIN_SHAPE = re.compile(r"[0-9]{6,12}")


def weak(pin: str) -> str | None:
    """Why a PIN may not be set, in plain words; None when it may."""
    if not PIN_SHAPE.fullmatch(pin):
        return "a PIN is 6 to 12 digits"
    if len(set(pin)) == 1:
        return "all digits are the same"
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    if steps in ({1}, {9}):
        return "the digits run up or down"
    return None


def hash_pin(pin: str) -> str:
    """The argon2id hash in its standard text form."""
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1).hash(pin)


class StaffGate:
    """Checks PINs. Not for the main thread: one check takes tens of milliseconds on purpose."""

    def __init__(self, book: PinBook, clock: Clock) -> None:
        self._book = book
        self._clock = clock

    def check(self, pin: str) -> PinAccepted | PinRefused:
        """The miss is written down before the answer is given, so that pulling the plug does not undo it."""
        from argon2 import PasswordHasher
        from argon2.exceptions import Argon2Error, InvalidHashError

        stored = self._book.pin_hash()
        if stored is None:
            return PinRefused(0, unset=True)
        left = self.locked_s()
        if left:
            return PinRefused(left)
        record = self._book.lockout()
        try:
            PasswordHasher().verify(stored, pin)
        except (Argon2Error, InvalidHashError):
            misses = record.misses + 1
            lock_s = 0
            if misses >= FREE_MISSES:
                lock_s = min(LONGEST_LOCK_S, record.lock_s * 2 if record.lock_s else FIRST_LOCK_S)
            self._book.set_lockout(Lockout(misses, lock_s, self._clock.now() if lock_s else None))
            return PinRefused(lock_s)
        self._book.set_lockout(Lockout())
        return PinAccepted()

    def locked_s(self) -> int:
        """Seconds until somebody may try again; 0 when it is open."""
        record = self._book.lockout()
        if record.locked_at is None or not record.lock_s:
            return 0
        now = self._clock.now()
        if now < record.locked_at:
            self._book.set_lockout(replace(record, locked_at=now))
            return record.lock_s
        end = record.locked_at + timedelta(seconds=record.lock_s)
        return max(0, int((end - now).total_seconds() + 0.999))
