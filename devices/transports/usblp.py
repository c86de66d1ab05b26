"""A USB printer through the kernel's usblp driver: `/dev/usb/lp0`, read and written without blocking.

usblp lets one program in at a time (EBUSY for the next); the flock beside it says the same on anything else. A printer
that is unplugged makes reads and writes fail with ENODEV and the poll say POLLHUP.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import select
import stat
import time

from devices.errors import DeviceFault, PortBusy, PortDenied, PortLost, PortMissing, WriteTimeout

_READ_CHUNK = 4096
_GONE = select.POLLHUP | select.POLLERR | select.POLLNVAL
_EMPTY_PACKET_PAUSE_S = 0.005


class UsbLpTransport:
    """Open the printer's character device at once; raises PortMissing, PortDenied or PortBusy."""

    def __init__(self, path: str) -> None:
        self._path = path
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError as error:
            raise _open_fault(path, error) from error
        try:
            if not stat.S_ISCHR(os.fstat(self._fd).st_mode):
                raise PortMissing(f"{path} is no character device")
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self.close()
            raise PortBusy(path) from error
        except DeviceFault:
            self.close()
            raise

    @property
    def byte_time_s(self) -> float:
        """USB is no bottleneck for a receipt."""
        return 0.0

    def read(self, timeout_s: float) -> bytes:
        """See Transport. An empty packet, which printers send when they have nothing to say, counts as nothing."""
        until = time.monotonic() + max(0.0, timeout_s)
        while True:
            events = self._poll(select.POLLIN, until - time.monotonic())
            if not events:
                return b""
            try:
                data = os.read(self._fd, _READ_CHUNK)
            except BlockingIOError:
                data = b""
            except OSError as error:
                raise PortLost(self._path) from error
            if data:
                return data
            if events & _GONE:
                raise PortLost(self._path)
            left = until - time.monotonic()
            if left <= 0:
                return b""
            time.sleep(min(left, _EMPTY_PACKET_PAUSE_S))

    def write(self, data: bytes, timeout_s: float) -> None:
        """See Transport."""
        until = time.monotonic() + timeout_s
        view = memoryview(data)
        while view:
            events = self._poll(select.POLLOUT, until - time.monotonic())
            if not events:
                raise WriteTimeout(self._path)
            if events & _GONE:
                raise PortLost(self._path)
            try:
                view = view[os.write(self._fd, view) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise PortLost(self._path) from error

    def close(self) -> None:
        """See Transport."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            with contextlib.suppress(OSError):
                os.close(fd)

    def _poll(self, wanted: int, timeout_s: float) -> int:
        """The events of the device; 0 when none came in time."""
        if self._fd < 0:
            raise PortLost(self._path)
        poll = select.poll()
        poll.register(self._fd, wanted)
        found = poll.poll(max(0.0, timeout_s) * 1000)
        return found[0][1] if found else 0


def _open_fault(path: str, error: OSError) -> DeviceFault:
    if error.errno in (errno.EACCES, errno.EPERM):
        return PortDenied(path)
    if error.errno == errno.EBUSY:
        return PortBusy(path)
    return PortMissing(path)
