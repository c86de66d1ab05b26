"""An emulated device on a pseudo-terminal: carries a model's bytes at the host's baud, and spoils them on request.

The master side is read and written in slices of a few milliseconds; how fast is asked of the terminal's own settings
each time, so a driver that opens the port with another baud gets that baud's speed.

Faults of the line, for any model (`least`: only answers of at least that many bytes, else the model's notable ones):
`delay` {"seconds" | "ms"}, `silence` {"on" | "seconds"}, `garble` {"count", "at"?, "least"?}, `fail_after_bytes`
{"bytes", "least"?} (the rest of one answer is lost), `unplug_after_bytes` {"bytes", "least"?} (the plug is pulled when
that many bytes of one answer are with the host), `noise` {"bytes", "seed"?} (random bytes at the line's pace), `flood`
{"seconds"} (random bytes as fast as they are taken), `pace` {"on"} (false: no waiting for the baud).
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import random
import select
import struct
import termios
import threading
import time
import tty
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path

from devices.emulators.model import Args, Model, Reaction, Refused, int_arg, seconds_arg
from devices.emulators.wire import WireLog

LINE_VERBS = frozenset(
    {
        "delay",
        "garble",
        "silence",
        "fail_after_bytes",
        "unplug_after_bytes",
        "noise",
        "flood",
        "pace",
        "unplug",
        "plug",
        "state",
    }
)
_MAX_NOISE_BYTES = 1 << 20
_FLOOD_PIECE = 2048
_TAKEN_S = 0.25  # how long the host may take to read what it was sent before the plug is pulled
_SLICE_S = 0.004
_CATCH_UP_S = 0.02  # a late wake-up may be made good by this much, so that the average speed is right
_BITS_PER_BYTE = 10
_UNPACED_BYTE_S = 1e-6
_SPEEDS = {
    getattr(termios, f"B{baud}"): baud
    for baud in (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)
    if hasattr(termios, f"B{baud}")
}


class EmulatedLine:
    """`link` is the symbolic link that stands for the port. Start with `plug()`, end with `close()`."""

    def __init__(self, name: str, link: Path, model: Model, wire: WireLog) -> None:
        self._name = name
        self._link = link
        self._model = model
        self._wire = wire
        self._lock = threading.RLock()
        self._fds: tuple[int, int] | None = None
        self._out: deque[_Answer] = deque()
        self._delay_s = 0.0
        self._garble = _Spoil(0, None, 0)
        self._silent_until = 0.0
        self._cut: _Spoil | None = None
        self._pull: _Spoil | None = None
        self._paced = True
        self._flood_until = 0.0
        self._flooded = 0
        self._longest = 0
        self._random = random.Random(0)
        self._closing = False
        self._wake_r, self._wake_w = os.pipe()
        self._thread = threading.Thread(target=self._run, name=f"line-{name}", daemon=True)
        self._thread.start()

    # --- control ------------------------------------------------------------------------------------------------

    @property
    def verbs(self) -> frozenset[str]:
        """Every command it knows: the model's and the line's."""
        return self._model.verbs | LINE_VERBS

    def act(self, do: str, args: Args) -> dict[str, object]:
        """Carry out a control command; the answer's facts. Raises Refused."""
        with self._lock:
            facts: dict[str, object] = {}
            if do in self._model.verbs:
                if self._fds is None and do in ("show",):
                    raise Refused("unplugged")
                self._react(self._model.act(do, args))
            elif do in LINE_VERBS:
                facts = self._line_act(do, args)
            else:
                known = ", ".join(sorted(self.verbs))
                raise Refused(f"{self._name} cannot {do!r}; it can {known}")
            os.write(self._wake_w, b"x")
            return facts

    def plug(self) -> None:
        """Open a new pseudo-terminal and point the link to it."""
        with self._lock:
            if self._fds is not None:
                raise Refused("already plugged in")
            # The slave is held open too: without it the master reads as hung up until a host comes.
            master, slave = os.openpty()
            tty.setraw(slave)
            os.set_blocking(master, False)
            self._fds = (master, slave)
            self._model.power_cycle()
            self._out.clear()
            self._cut = self._pull = None
            self._flood_until = 0.0
            self._longest = 0
            fresh = self._link.with_name(f".{self._link.name}.new")
            fresh.unlink(missing_ok=True)
            fresh.symlink_to(os.ttyname(slave))
            fresh.replace(self._link)
            os.write(self._wake_w, b"x")

    def unplug(self) -> None:
        """Close the pseudo-terminal, which the host sees as the device going away, and remove the link."""
        with self._lock:
            if self._fds is None:
                raise Refused("already unplugged")
            self._link.unlink(missing_ok=True)
            master, slave = self._fds
            self._fds = None
            self._out.clear()
            os.close(slave)
            os.close(master)
            os.write(self._wake_w, b"x")

    def close(self) -> None:
        """Unplug and end the thread."""
        with self._lock:
            self._closing = True
            with contextlib.suppress(Refused):
                self.unplug()
            os.write(self._wake_w, b"x")
        self._thread.join(2.0)
        os.close(self._wake_r)
        os.close(self._wake_w)

    @property
    def baud(self) -> int | None:
        """What the host has set; None while unplugged."""
        with self._lock:
            return self._speed()

    def _line_act(self, do: str, args: Args) -> dict[str, object]:
        match do:
            case "plug":
                self.plug()
            case "unplug":
                self.unplug()
            case "delay":
                key = "ms" if "ms" in args else "seconds"
                self._delay_s = seconds_arg(args, key, 1.0 if key == "seconds" else None) / (1000 if key == "ms" else 1)
            case "garble":
                at = int_arg(args, "at") if "at" in args else None
                self._garble = _Spoil(int_arg(args, "count", 1), at, self._least(args))
            case "silence":
                self._silent_until = self._silence(args)
            case "fail_after_bytes":
                self._cut = _Spoil(1, int_arg(args, "bytes", int_arg(args, "count", 0)), self._least(args))
            case "unplug_after_bytes":
                self._pull = _Spoil(1, int_arg(args, "bytes", 0), self._least(args))
            case "noise":
                count = int_arg(args, "bytes", 256)
                if count > _MAX_NOISE_BYTES:
                    raise Refused(f"bytes must be at most {_MAX_NOISE_BYTES}")
                noise = random.Random(int_arg(args, "seed", 0)).randbytes(count)
                self._out.append(_Answer(time.monotonic(), bytearray(noise)))
            case "flood":
                self._flood_until = time.monotonic() + seconds_arg(args, "seconds", 1.0)
                self._flooded = 0
            case "pace":
                self._paced = _switch(args)
            case _:
                facts = {"plugged": self._fds is not None, "baud": self._speed(), "flooded_bytes": self._flooded}
                facts["longest_answer_bytes"] = self._longest
                return {"state": {**self._model.state(), **facts}}
        return {}

    def _least(self, args: Args) -> int:
        return int_arg(args, "least", self._model.notable_bytes)

    @staticmethod
    def _silence(args: Args) -> float:
        if "seconds" in args:
            return time.monotonic() + seconds_arg(args, "seconds")
        return float("inf") if _switch(args) else 0.0

    def _react(self, reaction: Reaction) -> None:
        if reaction.break_off:
            self._out.clear()
        for data in reaction.send:
            self._queue(data)

    # --- bytes --------------------------------------------------------------------------------------------------

    def _queue(self, answer: bytes) -> None:
        """Put an answer on its way, spoilt as ordered."""
        now = time.monotonic()
        if now < self._silent_until:
            return
        data = bytearray(answer)
        size = len(data)
        self._longest = max(self._longest, size)
        if self._garble.count and size >= self._garble.least:
            self._garble = replace(self._garble, count=self._garble.count - 1)
            usual = size // 2 if size > 16 else size - 1
            data[usual if self._garble.at is None else min(self._garble.at, size - 1)] ^= 0x55
        if self._cut is not None and size >= self._cut.least:
            del data[self._cut.at :]
            self._cut = None
        pull = self._pull is not None and size >= self._pull.least
        if self._pull is not None and pull:
            del data[self._pull.at :]
            self._pull = None
        if data or pull:
            self._out.append(_Answer(now + self._delay_s, data, pull))

    def _speed(self) -> int | None:
        if self._fds is None:
            return None
        return _SPEEDS.get(termios.tcgetattr(self._fds[0])[5], 9600)

    def _run(self) -> None:
        tx_free_at = rx_free_at = 0.0
        while True:
            with self._lock:
                if self._closing:
                    return
                master = self._fds[0] if self._fds is not None else None
                byte_s = _BITS_PER_BYTE / (self._speed() or 9600) if self._paced else _UNPACED_BYTE_S
                slice_bytes = max(1, int(_SLICE_S / byte_s))
                now = time.monotonic()
                if master is not None and self._out and now >= max(tx_free_at, self._out[0].at):
                    start = max(tx_free_at, self._out[0].at, now - _CATCH_UP_S)
                    tx_free_at = start + self._transmit(master, slice_bytes) * byte_s
                waits = [rx_free_at - now] if rx_free_at > now else []
                if self._out and master is not None:
                    waits.append(max(tx_free_at, self._out[0].at) - now)
                if master is not None and self._fds is not None and now < self._flood_until:
                    waits.append(self._flood(master))
                listen = [self._wake_r] + ([master] if master is not None and now >= rx_free_at else [])
            try:
                ready, _, _ = select.select(listen, [], [], max(0.0, min(waits)) if waits else None)
            except (OSError, ValueError):
                continue  # unplugged between the lock and the wait
            if self._wake_r in ready:
                os.read(self._wake_r, 64)
            if master is None or master not in ready:
                continue
            with self._lock:
                if self._fds is None or self._fds[0] != master:
                    continue
                try:
                    data = os.read(master, slice_bytes)
                except OSError:
                    data = b""
                if data:
                    woken = time.monotonic()
                    # A line that lay idle starts now; one in full flow may make good a late wake-up.
                    idle = woken - now > 2 * _SLICE_S
                    rx_free_at = max(rx_free_at, woken if idle else woken - _CATCH_UP_S) + len(data) * byte_s
                    self._wire.write(self._name, "host>dev", data)
                    for answer in self._model.receive(data):
                        self._queue(answer)

    def _transmit(self, master: int, slice_bytes: int) -> int:
        answer = self._out[0]
        piece = bytes(answer.data[:slice_bytes])
        del answer.data[:slice_bytes]
        if not answer.data:
            self._out.popleft()
        if piece:
            # Nobody reads and the terminal's buffer is full: lost, as on a real line.
            with contextlib.suppress(BlockingIOError):
                os.write(master, piece)
            self._wire.write(self._name, "dev>host", piece)
        if answer.pull and not answer.data:
            self._await_taken()
            self.unplug()
        return len(piece)

    def _await_taken(self) -> None:
        """Until the host has read what it was sent, for what a closed pseudo-terminal still holds is lost."""
        until = time.monotonic() + _TAKEN_S
        while self._fds is not None and time.monotonic() < until:
            left = struct.unpack("i", fcntl.ioctl(self._fds[1], termios.FIONREAD, bytes(4)))[0]
            if not left:
                return
            time.sleep(0.001)

    def _flood(self, master: int) -> float:
        """Write one piece of rubbish if it is taken; how long to wait before the next. It is kept out of the record."""
        try:
            self._flooded += os.write(master, self._random.randbytes(_FLOOD_PIECE))
        except OSError:
            return 0.001
        return 0.0


@dataclass(slots=True)
class _Answer:
    """Bytes on their way, not before `at`; after the last of them the plug is pulled if `pull`."""

    at: float
    data: bytearray
    pull: bool = False


@dataclass(frozen=True, slots=True)
class _Spoil:
    """A fault for the next `count` answers of at least `least` bytes, at byte `at` (None: where it is usual)."""

    count: int
    at: int | None
    least: int


def _switch(args: Args) -> bool:
    on = args.get("on", True)
    if not isinstance(on, bool):
        raise Refused("on must be true or false")
    return on
