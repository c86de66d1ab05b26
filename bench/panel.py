"""A panel as a person meets it: an X server without a graphics card, a finger on it, and an eye that sees one spot.

Nothing here knows what draws on the panel, so that any two programs are measured with the same finger and eye. The
server is `Xvfb`; the finger is the XTEST extension. The eye asks the server for one pixel, which costs it some 50 µs.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import POINTER, Structure, c_char_p, c_int, c_uint, c_ulong, c_void_p
from pathlib import Path
from typing import Any

PANEL = (1080, 1920)
SERVER_S = 10.0
LOOK_S = 0.001
_Z_PIXMAP = 2
_LEFT_BUTTON = 1


class NoPanel(Exception):
    """No X server or no library for it; `str()` says what to install."""


class _Image(Structure):
    """The head of an XImage, up to where its pixels lie."""

    _fields_ = (
        ("width", c_int),
        ("height", c_int),
        ("xoffset", c_int),
        ("format", c_int),
        ("data", POINTER(ctypes.c_uint32)),
    )


class Panel:
    """One connection to an X display. Positions are pixels from the top left corner. ``server`` is its process."""

    def __init__(self, display: str) -> None:
        self.display = display
        self.server = 0
        try:
            self._x, self._test = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXtst.so.6")
        except OSError as error:
            raise NoPanel("no X libraries: apt-get install libx11-6 libxtst6") from error
        self._declare()
        self._connection: Any = self._x.XOpenDisplay(display.encode("ascii"))
        if not self._connection:
            raise NoPanel(f"no X server at {display}")
        self._root = self._x.XDefaultRootWindow(self._connection)

    def _declare(self) -> None:
        x, test = self._x, self._test
        x.XOpenDisplay.restype, x.XOpenDisplay.argtypes = c_void_p, [c_char_p]
        x.XDefaultRootWindow.restype, x.XDefaultRootWindow.argtypes = c_ulong, [c_void_p]
        x.XGetImage.restype = POINTER(_Image)
        x.XGetImage.argtypes = [c_void_p, c_ulong, c_int, c_int, c_uint, c_uint, c_ulong, c_int]
        x.XSync.argtypes, x.XFree.argtypes, x.XCloseDisplay.argtypes = [c_void_p, c_int], [c_void_p], [c_void_p]
        test.XTestFakeMotionEvent.argtypes = [c_void_p, c_int, c_int, c_int, c_ulong]
        test.XTestFakeButtonEvent.argtypes = [c_void_p, c_uint, c_int, c_ulong]

    def close(self) -> None:
        """End the connection."""
        self._x.XCloseDisplay(self._connection)

    def colour(self, spot: tuple[int, int]) -> int:
        """0xRRGGBB of one pixel."""
        image = self._x.XGetImage(self._connection, self._root, *spot, 1, 1, 0xFFFFFF, _Z_PIXMAP)
        if not image:
            raise NoPanel(f"the panel at {self.display} shows nothing")
        value = int(image.contents.data[0]) & 0xFFFFFF
        self._x.XFree(image.contents.data)
        self._x.XFree(image)
        return value

    def tap(self, spot: tuple[int, int]) -> None:
        """Finger down and up."""
        self._test.XTestFakeMotionEvent(self._connection, -1, *spot, 0)
        self._test.XTestFakeButtonEvent(self._connection, _LEFT_BUTTON, 1, 0)
        self._test.XTestFakeButtonEvent(self._connection, _LEFT_BUTTON, 0, 0)
        self._x.XSync(self._connection, 0)

    def until(self, spot: tuple[int, int], colour: int, *, shows: bool, timeout_s: float) -> float:
        """Monotonic seconds when the spot first had that colour, or another one. Raises TimeoutError."""
        deadline, rest = time.monotonic() + timeout_s, threading.Event()
        while (now := time.monotonic()) < deadline:
            if (self.colour(spot) == colour) is shows:
                return now
            rest.wait(LOOK_S)
        raise TimeoutError(f"the panel shows {self.colour(spot):06X}")


@contextmanager
def panel(size: tuple[int, int] = PANEL) -> Iterator[Panel]:
    """A fresh X server of that size. Raises NoPanel."""
    program = shutil.which("Xvfb")
    if program is None:
        raise NoPanel("no X server: apt-get install xvfb")
    ours, theirs = os.pipe()
    with tempfile.TemporaryFile() as said:
        server = subprocess.Popen(
            [program, "-displayfd", str(theirs), "-screen", "0", f"{size[0]}x{size[1]}x24", "-nolisten", "tcp"],
            pass_fds=(theirs,),
            stderr=said,
        )
        os.close(theirs)
        try:
            with open(ours, encoding="ascii") as told:
                number = told.readline().strip()
            if not number:
                raise NoPanel(f"Xvfb ended with {server.wait(SERVER_S)}")
            seen = Panel(f":{number}")
            seen.server = server.pid
            try:
                yield seen
            finally:
                seen.close()
        finally:
            server.terminate()
            server.wait(SERVER_S)


def tree(root: int) -> list[int]:
    """A process and all that came of it, by id."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(entry.parent.name)] = int(entry.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = [root]
    for each in found:
        found += [child for child, parent in parents.items() if parent == each]
    return found


def memory_mb(processes: list[int]) -> float:
    """Proportional share of memory (PSS) of all of them. Raises PermissionError for what only root may look at."""
    total = 0
    for process in processes:
        try:
            lines = Path(f"/proc/{process}/smaps_rollup").read_text("ascii").splitlines()
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def processor_ms(processes: list[int]) -> float:
    """Processor time that all of them have used so far, in clock ticks of 10 ms."""
    ticks = 0
    for process in processes:
        try:
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks * 1000 / os.sysconf("SC_CLK_TCK")
