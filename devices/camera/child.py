"""`python -m devices.camera.child TASK PARENT_PID`: the process that holds a camera and looks at its pictures.

Orders (`do`): `measure` {source, width, height, fps, frames, within_s} – open, take some pictures, close, say
`measured` {frames, fps, brightness, spread, alive, width, height}; `watch` {the same, settings} – say `opened`, then
give each picture to a new task until `close`; `close` – let the camera go, say `closed`; `order` – for the task.
While it watches it says `seen` {frames, fps, brightness, still_s} twice a second, whatever the task says. What goes
wrong with the camera is said as `fault` {code} (a code of `devices.errors`), after which the camera is closed. Any
other error ends the process: its parent starts another.
"""

from __future__ import annotations

import contextlib
import os
import queue
import sys
import threading
import time
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from devices.camera.messages import BadMessage, Inbox, Message
from devices.camera.sandbox import allow_more_time, confine
from devices.errors import DeviceFault

if TYPE_CHECKING:
    from devices.camera.capture import Capture
    from devices.camera.task import Picture, Task

_SAY_EVERY_S = 0.5
_READ_CHUNK = 65536
_SETTLE_FRAMES = 2  # the first pictures of a camera that has just been opened are dark


class _Seen:
    """What is known of the pictures so far: how many, how fast, how bright, and since when they are the very same."""

    def __init__(self) -> None:
        self.frames = 0
        self.began = self.changed_at = time.monotonic()
        self.changes = 0
        self.brightness = self.spread = 0.0
        self._last = -1

    def add(self, picture: Picture) -> None:
        self.frames += 1
        now = time.monotonic()
        if self.frames == 1:
            self.began = now
        few = picture[::8, ::8, 1]
        self.brightness, self.spread = float(few.mean()), float(few.std())
        # Every row counts, so that a live sensor's noise is never missed.
        mark = zlib.crc32(picture[:, :: max(1, picture.shape[1] // 64)].tobytes())
        if mark != self._last:
            self.changes += 1
            self.changed_at = now
        self._last = mark

    def facts(self) -> dict[str, float]:
        now = time.monotonic()
        took = now - self.began
        return {
            "frames": self.frames,
            "fps": round((self.frames - 1) / took, 1) if took > 0 and self.frames > 1 else 0.0,
            "brightness": round(self.brightness, 1),
            "spread": round(self.spread, 1),
            "still_s": round(now - self.changed_at, 2),
        }


class Child:
    """The loop: orders from one queue, pictures while watching, messages to `say`."""

    def __init__(self, task_name: str, out_fd: int, orders: queue.Queue[Message]) -> None:
        self._task_name = task_name
        self._out = out_fd
        self._orders = orders
        self._capture: Capture | None = None
        self._task: Task | None = None
        self._seen = _Seen()
        self._said_at = 0.0

    def run(self) -> None:
        """Until the process is ended."""
        while True:
            with contextlib.suppress(queue.Empty):
                self._obey(self._orders.get(block=self._capture is None))
            if self._capture is not None and self._task is not None:
                self._look(self._capture, self._task)

    def _obey(self, message: Message) -> None:
        allow_more_time()
        match message.text("do"):
            case "measure":
                self._guarded(lambda: self._measure(message.head))
            case "watch":
                self._guarded(lambda: self._watch(message.head))
            case "close":
                self._let_go()
                self.say({"say": "closed"})
            case "order" if self._task is not None:
                self._pass_on(self._task.order(message))
            case _:
                pass

    def _guarded(self, action: Any) -> None:
        try:
            action()
        except DeviceFault as fault:
            self._let_go()
            self.say({"say": "fault", "code": fault.code})

    def _open(self, order: Mapping[str, Any]) -> Capture:
        from devices.camera.capture import Capture

        self._let_go()
        self._capture = Capture(order)
        self._seen = _Seen()
        return self._capture

    def _measure(self, order: Mapping[str, Any]) -> None:
        capture = self._open(order)
        until = time.monotonic() + float(order["within_s"])
        seen = self._seen
        shape: tuple[int, ...] = (0, 0)
        while time.monotonic() < until and not (seen.changes > 1 and seen.frames >= int(order["frames"])):
            picture = capture.read()
            seen.add(picture)
            shape = picture.shape
        self._let_go()
        alive = seen.changes > 1
        self.say({"say": "measured", **seen.facts(), "alive": alive, "width": shape[1], "height": shape[0]})

    def _watch(self, order: Mapping[str, Any]) -> None:
        from devices.camera.task import make_task

        self._task = make_task(self._task_name, order["settings"])
        self._open(order)
        self.say({"say": "opened"})

    def _look(self, capture: Capture, task: Task) -> None:
        def look() -> None:
            picture = capture.read()
            allow_more_time()
            self._seen.add(picture)
            if self._seen.frames > _SETTLE_FRAMES:
                self._pass_on(task.look(picture, time.monotonic()))
            if time.monotonic() - self._said_at >= _SAY_EVERY_S:
                self.say({"say": "seen", **self._seen.facts()})

        self._guarded(look)

    def _let_go(self) -> None:
        if self._capture is not None:
            self._capture.close()
            self._capture = None

    def _pass_on(self, messages: Any) -> None:
        for message in messages:
            self._write(message)

    def say(self, head: Mapping[str, Any]) -> None:
        """Tell the parent."""
        if head["say"] == "seen":
            self._said_at = time.monotonic()
        self._write(Message(head))

    def _write(self, message: Message) -> None:
        view = memoryview(message.encode())
        while view:
            view = view[os.write(self._out, view) :]


def _take_orders(fd: int, orders: queue.Queue[Message]) -> None:
    """Put orders into the queue; the end of the pipe is the end of the process."""
    inbox = Inbox(max_blob_bytes=0)
    try:
        while data := os.read(fd, _READ_CHUNK):
            for message in inbox.feed(data):
                orders.put(message)
    except (OSError, BadMessage):
        os._exit(1)
    os._exit(0)


def main(arguments: list[str]) -> None:
    """Confine this process, load what the task needs, say `ready`, and obey."""
    task_name, parent = arguments
    confine(int(parent))
    allow_more_time()
    # What native libraries print goes nowhere: the real standard output carries messages.
    out_fd = os.dup(1)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    orders: queue.Queue[Message] = queue.Queue()
    threading.Thread(target=_take_orders, args=(0, orders), name="orders", daemon=True).start()
    child = Child(task_name, out_fd, orders)
    import devices.camera.capture  # noqa: F401  loaded now, so that the first order is answered at once

    child.say({"say": "ready"})
    child.run()


if __name__ == "__main__":
    main(sys.argv[1:])
