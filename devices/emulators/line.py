"""An emulated device on a pseudo-terminal: carries a model's bytes at the host's baud, and spoils them on request.

The master side is read and written in slices of a few milliseconds; how fast is asked of the terminal's own settings
each time, so a driver that opens the port with another baud gets that baud's speed.
"""

from __future__ import annotations

import contextlib
import os
import select
import termios
import threading
import time
import tty
from collections import deque
from pathlib import Path

from devices.emulators.model import Args, Model, Reaction, Refused, int_arg, seconds_arg
from devices.emulators.wire import WireLog

LINE_VERBS = frozenset({"delay", "garble", "silence", "fail_after_bytes", "unplug", "plug", "state"})
_SLICE_S = 0.004
_CATCH_UP_S = 0.02  # a late wake-up may be made good by this much, so that the average speed is right
_BITS_PER_BYTE = 10
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
        self._out: deque[tuple[float, bytearray]] = deque()
        self._delay_s = 0.0
        self._garble = 0
        self._silent_until = 0.0
        self._cut_at: int | None = None
        self._closing = False
        self._wake_r, self._wake_w = os.pipe()
        self._thread = threading.Thread(target=self._run, name=f"line-{name}", daemon=True)
        self._thread.start()

    # --- control ------------------------------------------------------------------------------------------------

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
                known = ", ".join(sorted(self._model.verbs | LINE_VERBS))
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
                self._garble = int_arg(args, "count", 1)
            case "silence":
                self._silent_until = self._silence(args)
            case "fail_after_bytes":
                self._cut_at = int_arg(args, "bytes", int_arg(args, "count", 0))
            case _:
                return {"state": {**self._model.state(), "plugged": self._fds is not None, "baud": self._speed()}}
        return {}

    @staticmethod
    def _silence(args: Args) -> float:
        if "seconds" in args:
            return time.monotonic() + seconds_arg(args, "seconds")
        on = args.get("on", True)
        if not isinstance(on, bool):
            raise Refused("on must be true or false")
        return float("inf") if on else 0.0

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
        if len(data) >= self._model.notable_bytes:
            if self._garble:
                self._garble -= 1
                data[len(data) // 2 if len(data) > 16 else -1] ^= 0x55
            if self._cut_at is not None:
                del data[self._cut_at :]
                self._cut_at = None
        if data:
            self._out.append((now + self._delay_s, data))

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
                byte_s = _BITS_PER_BYTE / (self._speed() or 9600)
                slice_bytes = max(1, int(_SLICE_S / byte_s))
                now = time.monotonic()
                if master is not None and self._out and now >= max(tx_free_at, self._out[0][0]):
                    start = max(tx_free_at, self._out[0][0], now - _CATCH_UP_S)
                    tx_free_at = start + self._transmit(master, slice_bytes) * byte_s
                waits = [rx_free_at - now] if rx_free_at > now else []
                if self._out and master is not None:
                    waits.append(max(tx_free_at, self._out[0][0]) - now)
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
        _, data = self._out[0]
        piece = bytes(data[:slice_bytes])
        del data[:slice_bytes]
        if not data:
            self._out.popleft()
        # Nobody reads and the terminal's buffer is full: lost, as on a real line.
        with contextlib.suppress(BlockingIOError):
            os.write(master, piece)
        self._wire.write(self._name, "dev>host", piece)
        return len(piece)
