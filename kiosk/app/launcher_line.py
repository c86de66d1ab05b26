"""The line between launcher and terminal: one socket pair, inherited by the terminal alone.

One packet is one word, at most 64 bytes (SOCK_SEQPACKET keeps them apart, so nothing has to be parsed). Two packets
carry the key of the visit as raw bytes: it is never made into text, of which Python would leave copies behind.

    alive           the screen loop went all the way round, through the store
    fresh <key>     a visit began; this is its key
    forget          the visit is over
    left            the terminal asks, once, for the key of the visit that a crash ended
    key <f64><key>  the answer: seconds left, and the key;    none: there is none

The launcher believes a terminal only as long as every packet is one of these.
"""

from __future__ import annotations

import ctypes
import os
import select
import socket
import stat
import struct
import time
from collections.abc import Callable, MutableMapping
from typing import Final

from kiosk.app.launcher_child import VARIABLE
from kiosk.ports.session_key import CARRIED_S, KeyLeft

KEY_BYTES: Final = 32
PACKET_BYTES: Final = 64
ANSWER_S: Final = 1.0
ALIVE, FORGET, LEFT, FRESH = b"alive", b"forget", b"left", b"fresh "
NONE, KEY = b"none", b"key "


def boottime() -> float:
    """Seconds since boot, sleep included: no clock that somebody sets can stretch the minute."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


# --- the launcher's side ---------------------------------------------------------------------------------------------


class HeldKey:
    """The key of the visit that goes on at the terminal, in memory that is not swapped out and is zeroed after use."""

    def __init__(self, now: Callable[[], float] = boottime) -> None:
        self._now = now
        self._memory = (ctypes.c_ubyte * KEY_BYTES)()
        self._held = False
        self._until: float | None = None
        ctypes.CDLL(None).mlock(ctypes.byref(self._memory), KEY_BYTES)  # best effort: a limit may forbid it

    def hold(self, key: memoryview) -> None:
        """A visit began; the key before is gone."""
        ctypes.memmove(self._memory, (ctypes.c_ubyte * KEY_BYTES).from_buffer(key), KEY_BYTES)
        self._held, self._until = True, None

    def forget(self) -> None:
        """The visit is over, or the terminal ended in good order."""
        ctypes.memset(self._memory, 0, KEY_BYTES)
        self._held, self._until = False, None

    def crashed(self) -> None:
        """The terminal crashed now. A second crash does not give the first one's key more time."""
        if self._held and self._until is None:
            self._until = self._now() + CARRIED_S

    def lapse(self) -> float:
        """Forget a key whose minute is over, whoever asks for it; seconds until then, endless while none is counted."""
        if not self._held or self._until is None:
            return float("inf")
        left_s = self._until - self._now()
        if left_s <= 0:
            self.forget()
            return float("inf")
        return left_s

    def take(self, into: memoryview) -> float | None:
        """Put what a crash left into these bytes, once and while there is time; seconds left. While the visit's own
        terminal lives there is nothing.
        """
        if not self._held or self._until is None:
            return None
        left_s = self._until - self._now()
        if left_s > 0:
            into[:] = memoryview(self._memory).cast("B")
        self.forget()
        return left_s if left_s > 0 else None


class LauncherEnd:
    """Reads what one terminal says. ``fileno`` is for poll; :meth:`read` after it never blocks."""

    def __init__(self, line: socket.socket, held: HeldKey) -> None:
        line.setblocking(False)
        self._line = line
        self._held = held
        self.open = True

    def fileno(self) -> int:
        """For poll."""
        return self._line.fileno()

    def read(self) -> bool:
        """Take what has come, sixteen packets at most; True when the terminal said that it is alive."""
        alive = False
        space = bytearray(PACKET_BYTES)
        try:
            for _ in range(16):
                count, _, flags, _ = self._line.recvmsg_into([space])
                if count == 0 or flags & socket.MSG_TRUNC or not self._understood(memoryview(space)[:count]):
                    self._hang_up(ended=count == 0)
                    return False
                alive = alive or space.startswith(ALIVE)
        except BlockingIOError:
            pass
        except OSError:
            self._hang_up(ended=True)
        finally:
            space[:] = bytes(PACKET_BYTES)
        return alive

    def lapse(self) -> float:
        """See HeldKey."""
        return self._held.lapse()

    def close(self) -> None:
        """The terminal is gone."""
        if self.open:
            self._hang_up(ended=True)

    def _understood(self, packet: memoryview) -> bool:
        match bytes(packet[: len(FRESH)]), len(packet):
            case (b"alive", _):
                return True
            case (b"forget", 6):
                self._held.forget()
            case (b"fresh ", length) if length == len(FRESH) + KEY_BYTES:
                self._held.hold(packet[len(FRESH) :])
            case (b"left", _):
                self._answer()
            case _:
                return False
        return True

    def _answer(self) -> None:
        """The key goes out of memory that is zeroed afterwards: nothing overwrites what this process frees."""
        answer = bytearray(KEY + bytes(8 + KEY_BYTES))
        with memoryview(answer) as space:
            left_s = self._held.take(space[len(KEY) + 8 :])
            if left_s is None:
                self._line.send(NONE)
            else:
                struct.pack_into("!d", answer, len(KEY), left_s)
                self._line.send(answer)
            space[:] = bytes(len(answer))

    def _hang_up(self, *, ended: bool) -> None:
        if not ended:
            self._held.forget()  # a terminal that talks nonsense is not believed about anything
        self._line.close()
        self.open = False


# --- the terminal's side ---------------------------------------------------------------------------------------------


class LauncherLine:
    """``SessionKeys`` by way of the launcher, and the sign of life. Main thread only; a launcher that is gone is no
    error: nothing is carried over then."""

    def __init__(self, line: socket.socket) -> None:
        line.setblocking(False)
        self._line = line

    def alive(self) -> None:
        """The screen loop went all the way round."""
        self._say(ALIVE)

    def fresh(self) -> bytes:
        """See SessionKeys."""
        key = os.urandom(KEY_BYTES)
        self._say(FRESH + key)
        return key

    def forget(self) -> None:
        """See SessionKeys."""
        self._say(FORGET)

    def left(self) -> KeyLeft | None:
        """See SessionKeys. Waits a second at most: the launcher does nothing else than answer."""
        if not self._say(LEFT) or not select.select([self._line], [], [], ANSWER_S)[0]:
            return None
        try:
            answer = self._line.recv(PACKET_BYTES)
        except OSError:
            return None
        if not answer.startswith(KEY) or len(answer) != len(KEY) + 8 + KEY_BYTES:
            return None
        (left_s,) = struct.unpack("!d", answer[len(KEY) : len(KEY) + 8])
        return KeyLeft(answer[len(KEY) + 8 :], min(left_s, CARRIED_S))

    def close(self) -> None:
        """Say no more."""
        self._line.close()

    def _say(self, packet: bytes) -> bool:
        try:
            self._line.send(packet)
        except OSError:
            return False
        return True


class NoLauncher:
    """``SessionKeys`` of a terminal that nobody would start again: nothing is carried over."""

    def alive(self) -> None:
        """Nobody listens."""

    def fresh(self) -> bytes:
        """See SessionKeys."""
        return os.urandom(KEY_BYTES)

    def forget(self) -> None:
        """See SessionKeys."""

    def left(self) -> KeyLeft | None:
        """See SessionKeys."""
        return None

    def close(self) -> None:
        """There is nothing to close."""


Line = LauncherLine | NoLauncher


def line_of(environment: MutableMapping[str, str]) -> Line:
    """The line this process inherited; nobody whom it starts inherits it in turn."""
    number = environment.pop(VARIABLE, "")
    if not number.isascii() or not number.isdigit():
        return NoLauncher()
    try:
        if not stat.S_ISSOCK(os.fstat(int(number)).st_mode):
            return NoLauncher()
        os.set_inheritable(int(number), False)
        return LauncherLine(socket.socket(fileno=int(number)))
    except (OSError, OverflowError):
        return NoLauncher()
