"""A serial line through pyserial, 8N1, no flow control.

What was learnt on Linux and decides the shape: `exclusive=True` is a flock, which stops only those who ask for it, so
TIOCEXCL is set as well. On a pseudo-terminal TIOCEXCL outlives the process that set it for as long as the other end is
open, and a restarted terminal without CAP_SYS_ADMIN would be locked out for good; there the flock alone has to do.
A line that is gone shows itself in three ways (an end of file, an OSError from read, one from write): all become
`PortLost`. pyserial opens and sets up the line; bytes go past it, because it does that anew for each new timeout.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import select
import termios
import time

import serial

from devices.errors import DeviceFault, PortBusy, PortDenied, PortLost, PortMissing, WriteTimeout

_MISSING = {errno.ENOENT, errno.ENXIO, errno.ENODEV, errno.ENOTDIR, errno.EIO}
_DENIED = {errno.EACCES, errno.EPERM}
_BUSY = {errno.EAGAIN, errno.EBUSY}
_PTY_SLAVE_MAJORS = range(136, 144)  # Documentation/admin-guide/devices.txt of the kernel
_READ_CHUNK = 4096
_BITS_PER_BYTE = 10  # start, eight data, stop


class SerialTransport:
    """Open the port at once; raises PortMissing, PortDenied or PortBusy.

    `tty_exclusive` None sets TIOCEXCL everywhere but on pseudo-terminals.
    """

    def __init__(self, port: str, baud: int, *, tty_exclusive: bool | None = None) -> None:
        self._byte_time_s = _BITS_PER_BYTE / baud
        try:
            self._serial = serial.Serial(port, baud, timeout=0, exclusive=True)
        except (OSError, ValueError) as error:  # SerialException is an OSError; termios.error is neither
            raise _open_fault(port, error) from error
        except termios.error as error:
            raise PortMissing(f"{port} is no serial port") from error
        try:
            if tty_exclusive if tty_exclusive is not None else not _is_pty(self._serial.fileno()):
                fcntl.ioctl(self._serial.fileno(), termios.TIOCEXCL)
        except OSError as error:
            self.close()
            raise PortLost(port) from error

    @property
    def byte_time_s(self) -> float:
        """Seconds per byte at the line's baud."""
        return self._byte_time_s

    def read(self, timeout_s: float) -> bytes:
        """See Transport."""
        try:
            readable, _, _ = select.select([self._serial.fileno()], [], [], max(0.0, timeout_s))
            if not readable:
                return b""
            data = os.read(self._serial.fileno(), _READ_CHUNK)
        except BlockingIOError:
            return b""
        except (OSError, ValueError, TypeError) as error:  # the last two: closed under a waiting read
            raise self._lost() from error
        if not data:  # ready, and yet nothing there: hung up
            raise self._lost()
        return data

    def write(self, data: bytes, timeout_s: float) -> None:
        """See Transport."""
        deadline = time.monotonic() + timeout_s
        view = memoryview(data)
        while view:
            try:
                fd = self._serial.fileno()
                _, writable, _ = select.select([], [fd], [], max(0.0, deadline - time.monotonic()))
                if not writable:
                    raise WriteTimeout(self._serial.port or "")
                view = view[os.write(fd, view) :]
            except BlockingIOError:
                continue
            except (OSError, ValueError, TypeError) as error:
                raise self._lost() from error

    def close(self) -> None:
        """See Transport. Gives TIOCEXCL back first, so that the next opener is not refused."""
        with contextlib.suppress(OSError, termios.error, TypeError):
            fcntl.ioctl(self._serial.fileno(), termios.TIOCNXCL)
        with contextlib.suppress(OSError, termios.error):
            self._serial.close()

    def _lost(self) -> DeviceFault:
        return PortLost(self._serial.port or "")


def _is_pty(fd: int) -> bool:
    return os.major(os.fstat(fd).st_rdev) in _PTY_SLAVE_MAJORS


def _open_fault(port: str, error: OSError | ValueError) -> DeviceFault:
    """pyserial keeps the cause's number in `errno`, but words the flock refusal itself without one."""
    number = getattr(error, "errno", None)
    if number in _DENIED:
        return PortDenied(port)
    if number in _BUSY or "exclusively lock" in str(error):
        return PortBusy(port)
    if number in _MISSING or not os.path.exists(port):
        return PortMissing(port)
    return PortMissing(f"{port}: {error}")
