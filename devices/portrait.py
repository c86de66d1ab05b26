"""The picture on a resident card, where the operator has a decoder for it.

The card holds 1024 bytes in a secret format (WLT); only vendors' libraries read it, and they crash. None is shipped. An
operator who owns one names it in the settings; each picture is then decoded in a process of its own that has limits on
memory, time and files and is killed afterwards, so that whatever the library does ends there.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Protocol

WIDTH_PX, HEIGHT_PX = 102, 126
PIXEL_BYTES = WIDTH_PX * HEIGHT_PX * 3
TIMEOUT_S = 2.0
_GIVE_UP_AFTER = 3
_CHILD = Path(__file__).with_name("portrait_child.py")
_NOT_LOADED = 3  # exit code of portrait_child

_log = logging.getLogger("kiosk.devices")


class PhotoDecoder(Protocol):
    """What turns the photo bytes of a card into a picture."""

    @property
    def problem(self) -> str:
        """Why the last picture did not come (a code); empty when it did or none was asked for."""

    def decode(self, photo: bytes) -> bytes:
        """A BMP file, or nothing. Never raises, and never takes much longer than TIMEOUT_S."""


class NoDecoder:
    """The usual case: the screens show name and number only."""

    problem = ""

    def decode(self, photo: bytes) -> bytes:
        """Nothing."""
        return b""


class LibraryDecoder:
    """A vendor's library with the usual C interface, `int unpack(char *wlt, char *bgr, int save)`, 1 for success.

    `problem` is `crashed`, `timeout`, `not_loaded` or `refused`. After three crashes, time-outs or failed loads running
    the library is not asked again until the program starts anew: a resident does not wait for a hopeless thing.
    """

    def __init__(self, library: str, timeout_s: float = TIMEOUT_S) -> None:
        self._library = library
        self._timeout_s = timeout_s
        self._failures = 0
        self._problem = ""

    @property
    def problem(self) -> str:
        """See PhotoDecoder."""
        return self._problem

    def decode(self, photo: bytes) -> bytes:
        """See PhotoDecoder."""
        if self._failures >= _GIVE_UP_AFTER:
            return b""
        try:
            pixels, self._problem = self._run(photo)
        except OSError:
            pixels, self._problem = b"", "not_loaded"
        if self._problem in ("", "refused"):
            self._failures = 0
        else:
            self._failures += 1
            _log.warning("portrait: %s%s", self._problem, ", off" if self._failures == _GIVE_UP_AFTER else "")
        return bmp(pixels) if pixels else b""

    def _run(self, photo: bytes) -> tuple[bytes, str]:
        command = [sys.executable, "-I", "-S", str(_CHILD), self._library, str(PIXEL_BYTES)]
        deadline = time.monotonic() + self._timeout_s
        child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
            start_new_session=True,
        )
        try:
            assert child.stdin is not None
            assert child.stdout is not None
            with child.stdin, contextlib.suppress(BrokenPipeError):
                child.stdin.write(photo[:4096])  # less than a pipe holds: this cannot block
            with child.stdout:
                pixels = _read(child.stdout.fileno(), PIXEL_BYTES + 1, deadline)
            if pixels is None:
                return b"", "timeout"
            if len(pixels) > PIXEL_BYTES:
                return b"", "refused"
            try:
                code = child.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                return b"", "timeout"
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, signal.SIGKILL)  # the library may have started others
            child.kill()
            child.wait()
        if code < 0:
            return b"", "crashed"
        if code == _NOT_LOADED:
            return b"", "not_loaded"
        return (pixels, "") if code == 0 and len(pixels) == PIXEL_BYTES else (b"", "refused")


def _read(fd: int, at_most: int, deadline: float) -> bytes | None:
    """All until the end, or `at_most` bytes; None when neither came in time."""
    data = bytearray()
    while len(data) < at_most:
        ready, _, _ = select.select([fd], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return None
        piece = os.read(fd, at_most - len(data))
        if not piece:
            break
        data += piece
    return bytes(data)


def bmp(pixels: bytes) -> bytes:
    """A 24-bit BMP from BGR rows, the top one first. A BMP begins at the bottom and pads each row to four bytes."""
    stride = WIDTH_PX * 3
    padding = bytes(-stride % 4)
    rows = b"".join(pixels[at : at + stride] + padding for at in range(PIXEL_BYTES - stride, -1, -stride))
    head = struct.pack("<2sIHHI", b"BM", 54 + len(rows), 0, 0, 54)
    return head + struct.pack("<IiiHHIIiiII", 40, WIDTH_PX, HEIGHT_PX, 1, 24, 0, len(rows), 2835, 2835, 0, 0) + rows
