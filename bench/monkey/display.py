"""What a window manager would know of a display, and a hand that does more than tap.

Fingers are the pointer of the XTEST extension: an X server in memory has no touch screen. Whether a program's screen
loop answers is asked as window managers ask it, by ``_NET_WM_PING``: Qt answers in the thread that also paints, so
nothing has to be built into the program to see it stand still.
"""

from __future__ import annotations

import ctypes
import select
import time
from collections.abc import Iterator, Sequence
from ctypes import POINTER, Structure, byref, c_char_p, c_int, c_long, c_uint, c_ulong, c_void_p
from dataclasses import dataclass
from typing import Final

from bench.panel import Panel

_VIEWABLE: Final = 2
_CLIENT_MESSAGE: Final = 33
_STRUCTURE_NOTIFY: Final = 1 << 17 | 1 << 19
"""Of a window itself and of those below it."""
_REVERT_TO_PARENT: Final = 2
SELECTIONS: Final = ("PRIMARY", "SECONDARY", "CLIPBOARD")
LARGEST_KEYCODE: Final = 255


class _Attributes(Structure):
    """XWindowAttributes, up to the end of what is read."""

    _fields_ = (
        ("x", c_int),
        ("y", c_int),
        ("width", c_int),
        ("height", c_int),
        ("border_width", c_int),
        ("depth", c_int),
        ("visual", c_void_p),
        ("root", c_ulong),
        ("kind", c_int),
        ("bit_gravity", c_int),
        ("win_gravity", c_int),
        ("backing_store", c_int),
        ("backing_planes", c_ulong),
        ("backing_pixel", c_ulong),
        ("save_under", c_int),
        ("colormap", c_ulong),
        ("map_installed", c_int),
        ("map_state", c_int),
        ("masks", c_long * 3),
        ("override_redirect", c_int),
        ("screen", c_void_p),
    )


class _Message(Structure):
    """XClientMessageEvent, as long as the longest event."""

    _fields_ = (
        ("type", c_int),
        ("serial", c_ulong),
        ("send_event", c_int),
        ("display", c_void_p),
        ("window", c_ulong),
        ("message_type", c_ulong),
        ("format", c_int),
        ("data", c_long * 5),
        ("rest", c_long * 12),
    )


@dataclass(frozen=True, slots=True)
class Seen:
    """A mapped window right below the root; ``box`` is x, y, width, height. ``pid`` is 0 where it does not say."""

    window: int
    pid: int
    box: tuple[int, int, int, int]
    kind: str


_ON_ERROR = ctypes.CFUNCTYPE(c_int, c_void_p, c_void_p)
#: A window that went away while it was asked about is no fault of ours; left to itself Xlib would end the program.
_WENT_AWAY: Final = _ON_ERROR(lambda display, error: 0)


class Display(Panel):
    """A panel with all of a mouse and a keyboard."""

    def __init__(self, display: str, size: tuple[int, int]) -> None:
        super().__init__(display)
        self.size = size
        self._x.XSetErrorHandler(_WENT_AWAY)
        self._pings = 0
        self._x.XSelectInput(self._connection, self._root, _STRUCTURE_NOTIFY)
        self._types = {self._atom(f"_NET_WM_WINDOW_TYPE_{name}"): name.lower() for name in _TYPES}

    def _declare(self) -> None:
        super()._declare()
        x, test = self._x, self._test
        x.XSetErrorHandler.argtypes = [_ON_ERROR]
        x.XSelectInput.argtypes = [c_void_p, c_ulong, c_long]
        x.XInternAtom.restype, x.XInternAtom.argtypes = c_ulong, [c_void_p, c_char_p, c_int]
        x.XQueryTree.argtypes = [c_void_p, c_ulong, *[c_void_p] * 4]
        x.XGetWindowAttributes.argtypes = [c_void_p, c_ulong, POINTER(_Attributes)]
        x.XGetWindowProperty.argtypes = [
            *(c_void_p, c_ulong, c_ulong, c_long, c_long, c_int, c_ulong),
            *[c_void_p] * 5,
        ]
        x.XSendEvent.argtypes = [c_void_p, c_ulong, c_int, c_long, c_void_p]
        x.XSetInputFocus.argtypes = [c_void_p, c_ulong, c_int, c_ulong]
        x.XGetSelectionOwner.restype, x.XGetSelectionOwner.argtypes = c_ulong, [c_void_p, c_ulong]
        x.XStringToKeysym.restype, x.XStringToKeysym.argtypes = c_ulong, [c_char_p]
        x.XKeysymToKeycode.restype, x.XKeysymToKeycode.argtypes = ctypes.c_ubyte, [c_void_p, c_ulong]
        x.XPending.argtypes = x.XConnectionNumber.argtypes = [c_void_p]
        x.XNextEvent.argtypes = [c_void_p, c_void_p]
        test.XTestFakeKeyEvent.argtypes = [c_void_p, c_uint, c_int, c_ulong]

    # ---- the hand

    def move(self, spot: tuple[int, int]) -> None:
        """The finger is there now."""
        self._test.XTestFakeMotionEvent(self._connection, -1, *spot, 0)
        self._x.XSync(self._connection, 0)

    def button(self, number: int, *, down: bool) -> None:
        """One button; 1 is a finger, 4 to 7 are wheels."""
        self._test.XTestFakeButtonEvent(self._connection, number, int(down), 0)
        self._x.XSync(self._connection, 0)

    def key(self, code: int, *, down: bool) -> None:
        """One key of the keyboard, 8 to 255."""
        self._test.XTestFakeKeyEvent(self._connection, code, int(down), 0)
        self._x.XSync(self._connection, 0)

    def code_of(self, name: str) -> int:
        """The key that has this name (``F4``, ``Control_L``); 0 when this keyboard has none."""
        return int(self._x.XKeysymToKeycode(self._connection, self._x.XStringToKeysym(name.encode())))

    def focus(self, window: int) -> None:
        """Keys go there from now on, as a window manager would have it."""
        self._x.XSetInputFocus(self._connection, window, _REVERT_TO_PARENT, 0)
        self._x.XSync(self._connection, 0)

    def ask_to_close(self, window: int) -> None:
        """What Alt+F4 and the cross of a title bar come to."""
        self._send(window, "WM_PROTOCOLS", (self._atom("WM_DELETE_WINDOW"), 0, 0))

    # ---- the eyes

    def windows(self) -> tuple[Seen, ...]:
        """All that is mapped, from the lowest to the highest."""
        return tuple(seen for window in self._children() if (seen := self._seen(window)) is not None)

    def selections(self) -> tuple[str, ...]:
        """Which selections somebody holds: something was copied there."""
        return tuple(name for name in SELECTIONS if self._x.XGetSelectionOwner(self._connection, self._atom(name)) != 0)

    def ping(self, window: int, timeout_s: float) -> float | None:
        """Seconds until the program that has this window answered out of its screen loop; None: it did not."""
        self._pings += 1
        began = time.monotonic()
        self._send(window, "WM_PROTOCOLS", (self._atom("_NET_WM_PING"), self._pings, window))
        for message in self._messages(began + timeout_s):
            if message.data[1] == self._pings:
                return time.monotonic() - began
        return None

    # ---- Xlib

    def _messages(self, deadline: float) -> Iterator[_Message]:
        descriptor = self._x.XConnectionNumber(self._connection)
        event = _Message()
        while True:
            while self._x.XPending(self._connection):
                self._x.XNextEvent(self._connection, byref(event))
                if event.type == _CLIENT_MESSAGE:
                    yield event
            left = deadline - time.monotonic()
            if left <= 0:
                return
            select.select([descriptor], [], [], left)

    def _send(self, window: int, kind: str, data: Sequence[int]) -> None:
        message = _Message(type=_CLIENT_MESSAGE, window=window, message_type=self._atom(kind), format=32)
        message.data = (c_long * 5)(*data)
        self._x.XSendEvent(self._connection, window, 0, 0, byref(message))
        self._x.XSync(self._connection, 0)

    def _atom(self, name: str) -> int:
        return int(self._x.XInternAtom(self._connection, name.encode(), 0))

    def _children(self) -> list[int]:
        root, parent, count = c_ulong(), c_ulong(), c_uint()
        children = POINTER(c_ulong)()
        self._x.XQueryTree(self._connection, self._root, byref(root), byref(parent), byref(children), byref(count))
        found = [int(children[at]) for at in range(count.value)]
        if count.value:
            self._x.XFree(children)
        return found

    def _seen(self, window: int) -> Seen | None:
        has = _Attributes()
        if not self._x.XGetWindowAttributes(self._connection, window, byref(has)) or has.map_state != _VIEWABLE:
            return None
        kinds = [self._types[atom] for atom in self._numbers(window, "_NET_WM_WINDOW_TYPE") if atom in self._types]
        pid = next(iter(self._numbers(window, "_NET_WM_PID")), 0)
        return Seen(window, pid, (has.x, has.y, has.width, has.height), kinds[0] if kinds else "window")

    def _numbers(self, window: int, name: str) -> list[int]:
        """A property of 32-bit numbers; empty when the window has none."""
        kind, size, count, after = c_ulong(), c_int(), c_ulong(), c_ulong()
        data = POINTER(c_ulong)()
        wrong = self._x.XGetWindowProperty(
            self._connection, window, self._atom(name), 0, 32, 0, 0,
            byref(kind), byref(size), byref(count), byref(after), byref(data),
        )  # fmt: skip
        if wrong or not data:
            return []
        found = [int(data[at]) for at in range(count.value)] if size.value == 32 else []
        self._x.XFree(data)
        return found


_TYPES: Final = ("NORMAL", "DIALOG", "POPUP_MENU", "DROPDOWN_MENU", "MENU", "TOOLTIP", "COMBO", "UTILITY", "SPLASH")
