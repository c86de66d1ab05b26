"""The terminal's side of a camera: starts the child, asks it, and throws it away when it dies or does not answer.

A `CameraHost` is used by one thread, the device's supervisor. Its child waits without the camera (light off, no
processor time) until it is told to watch. What the child knew of one resident's pictures is gone with `retire`: the
next one is served by a new process, which is started ahead of time.
"""

from __future__ import annotations

import hashlib
import logging
import os
import select
import socket
import subprocess
import sys
import time
import urllib.parse
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devices.camera.messages import BadMessage, Inbox, Message
from devices.errors import (
    BadAnswer,
    DecoderCrashed,
    DeviceFault,
    NoAnswer,
    PictureFrozen,
    PortBusy,
    PortDenied,
    PortLost,
    PortMissing,
)

_log = logging.getLogger("kiosk.devices")

SILENCE_S = 6.0  # a watching child that says nothing for this long is killed
_START_S = 15.0
_MEASURE_S = 3.0
_CLOSE_S = 0.7
_DEATHS, _DEATHS_WITHIN_S = 3, 60.0
_READ_CHUNK = 1 << 18
_ROOT = Path(__file__).resolve().parents[2]
_KEPT_ENVIRONMENT = ("PATH", "LANG", "TZ", "LD_LIBRARY_PATH", "PYTHONPATH")
_FAULTS: dict[str, type[DeviceFault]] = {
    each.code: each for each in (PortMissing, PortDenied, PortBusy, PortLost, NoAnswer, BadAnswer)
}


@dataclass(frozen=True, slots=True)
class Source:
    """A camera: path of a V4L2 device, or address (http, https, rtsp) of a network camera; and what to ask of it."""

    where: str
    width_px: int = 1280
    height_px: int = 720
    fps: int = 15

    @property
    def is_address(self) -> bool:
        """Whether it is reached over the network."""
        return urllib.parse.urlsplit(self.where).scheme in ("http", "https", "rtsp")

    def present(self) -> bool | None:
        """Whether the device is there; None for an address."""
        return None if self.is_address else os.path.exists(self.where)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the child says of its pictures. Brightness and spread (standard deviation) are of 0 … 255."""

    frames: int
    fps: float
    brightness: float
    spread: float
    still_s: float

    @property
    def dark(self) -> bool:
        """Nothing but black: a lens cap, a cover, a dead sensor or an unlit box."""
        return self.brightness < 12 and self.spread < 6

    @staticmethod
    def of(message: Message) -> Seen:
        """From a `seen` or `measured` message. Raises BadMessage."""
        n = message.number
        return Seen(int(n("frames")), n("fps"), n("brightness"), n("spread"), n("still_s"))


@dataclass(frozen=True, slots=True)
class Measured:
    """The outcome of a look through the camera."""

    seen: Seen
    alive: bool
    width_px: int
    height_px: int


class _ChildDied(Exception):
    """The child ended, hung or broke the protocol; a new one has been started."""


class CameraHost:
    """One camera and the child that holds it. Every call is bounded in time."""

    def __init__(self, task: str, source: Source, *, max_blob_bytes: int = 0) -> None:
        self._task = task
        self._source = source
        self._max_blob = max_blob_bytes
        self._process: subprocess.Popen[bytes] | None = None
        self._inbox = Inbox(max_blob_bytes)
        self._waiting: deque[Message] = deque()
        self._ready = False
        self._deaths: deque[float] = deque()
        self._claim: socket.socket | None = None
        self._watching: Mapping[str, Any] | None = None
        self._heard_at = 0.0
        self.restarts = 0

    @property
    def pid(self) -> int | None:
        """The child's process id."""
        return self._process.pid if self._process is not None else None

    def claim(self) -> None:
        """Keep other terminals' programs away from this camera until `close`. Raises PortMissing, PortBusy.

        A name in the kernel's own space of socket names: it is gone with this process, whatever ends it.
        """
        if self._claim is not None:
            return
        if self._source.present() is False:
            raise PortMissing(self._source.where)
        where = self._source.where if self._source.is_address else os.path.realpath(self._source.where)
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            claim.bind("\0kiosk-camera-" + hashlib.sha256(where.encode()).hexdigest()[:32])
        except OSError as error:
            claim.close()
            raise PortBusy(self._source.where) from error
        self._claim = claim

    def measure(self, *, frames: int = 8) -> Measured:
        """Open the camera, take some pictures, let it go. Raises DeviceFault; PictureFrozen when none differs."""
        if len(self._deaths) >= _DEATHS:
            # The first reopening after a fault is silent: a child that keeps dying is no mere flap of the line.
            self._deaths.clear()
            raise DecoderCrashed(self._source.where)
        while True:
            try:
                self._send({"do": "measure", **self._opening(), "frames": frames, "within_s": _MEASURE_S})
                answer = self._await("measured", _MEASURE_S + SILENCE_S)
                measured = Measured(
                    Seen.of(answer),
                    answer.head.get("alive") is True,
                    int(answer.number("width")),
                    int(answer.number("height")),
                )
            except _ChildDied:
                continue
            except BadMessage as error:
                raise BadAnswer(self._source.where) from error
            if not measured.alive:
                raise PictureFrozen(self._source.where)
            return measured

    def watch(self, settings: Mapping[str, Any]) -> None:
        """Switch the camera on and give its pictures to a new task. Returns at once; `next` brings what comes."""
        self._watching = settings
        self._heard_at = time.monotonic()
        try:
            self._send({"do": "watch", **self._opening(), "settings": settings})
        except _ChildDied:
            self._watch_again()

    def next(self, timeout_s: float) -> Message | None:
        """What the child says next (`opened`, `seen`, or a word of the task), or None when nothing came in time.

        Raises DeviceFault for a fault of the camera, and DecoderCrashed. A child that died is replaced and told to
        watch again without a word here; `restarts` counts them.
        """
        try:
            message = self._receive(timeout_s)
            if message is None and time.monotonic() - self._heard_at > (SILENCE_S if self._ready else _START_S):
                self._died("hung")
        except _ChildDied:
            self._watch_again()
            return None
        return message

    def order(self, head: Mapping[str, Any]) -> None:
        """Give the task an order of its own; it comes as `Task.order`. Lost when the child dies."""
        try:
            self._send({**head, "do": "order"})
        except _ChildDied:
            self._watch_again()

    def release(self) -> None:
        """Switch the camera off within a second, in the way of good manners or by force, and keep the child."""
        if self._watching is None:
            return
        self._watching = None
        try:
            self._send({"do": "close"})
            self._await("closed", _CLOSE_S)
        except (_ChildDied, DeviceFault):
            self._kill()

    def retire(self) -> None:
        """Switch the camera off at once, throw away the child with all it has seen, and get a new one ready."""
        self._watching = None
        self._kill()
        self._start()

    def close(self) -> None:
        """End the child and give the camera up. Never raises."""
        self._watching = None
        self._kill()
        if self._claim is not None:
            self._claim.close()
            self._claim = None

    # --- the process --------------------------------------------------------------------------------------------

    def _opening(self) -> dict[str, Any]:
        source = self._source
        return {"source": source.where, "width": source.width_px, "height": source.height_px, "fps": source.fps}

    def _start(self) -> subprocess.Popen[bytes]:
        kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
        # One thread each: the cores belong to the screens, and every thread's arena counts against the memory limit.
        threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "devices.camera.child", self._task, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_ROOT,
            env={**kept, **threads, "PYTHONDONTWRITEBYTECODE": "1"},
            bufsize=0,
        )
        self._inbox = Inbox(self._max_blob)
        self._waiting.clear()
        self._ready = False
        return self._process

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    def _died(self, how: str) -> None:
        """Count a death, start another child. Raises _ChildDied, or DecoderCrashed when it was one too many."""
        self._kill()
        self.restarts += 1
        now = time.monotonic()
        self._deaths.append(now)
        while now - self._deaths[0] > _DEATHS_WITHIN_S:
            self._deaths.popleft()
        _log.info("camera child %s, %d in the last minute", how, len(self._deaths))
        if len(self._deaths) >= _DEATHS:
            raise DecoderCrashed(self._source.where)
        self._start()
        raise _ChildDied

    def _watch_again(self) -> None:
        if self._watching is not None:
            self.watch(self._watching)

    def _send(self, head: Mapping[str, Any]) -> None:
        process = self._process or self._start()
        if process.stdin is None:
            raise RuntimeError("no pipe to the camera child")
        try:
            # Orders are far smaller than a pipe holds, and the child always reads them.
            process.stdin.write(Message(head).encode())
        except OSError:
            self._died("gone")

    def _await(self, word: str, timeout_s: float) -> Message:
        deadline = time.monotonic() + timeout_s
        while True:
            left = deadline - time.monotonic() + (_START_S if not self._ready else 0.0)
            if left <= 0:
                self._died("hung")
            message = self._receive(min(left, 1.0))
            if message is not None and message.head.get("say") == word:
                return message

    def _receive(self, timeout_s: float) -> Message | None:
        if not self._waiting:
            self._fill(timeout_s)
        if not self._waiting:
            return None
        self._heard_at = time.monotonic()
        message = self._waiting.popleft()
        match message.head.get("say"):
            case "ready":
                self._ready = True
                return None
            case "fault":
                self._watching = None
                raise _FAULTS.get(str(message.head.get("code")), BadAnswer)(self._source.where)
        return message

    def _fill(self, timeout_s: float) -> None:
        process = self._process or self._start()
        if process.stdout is None:
            raise RuntimeError("no pipe from the camera child")
        readable, _, _ = select.select([process.stdout], [], [], max(0.0, timeout_s))
        if not readable:
            return
        data = os.read(process.stdout.fileno(), _READ_CHUNK)
        if not data:
            self._died("died")
        try:
            self._waiting.extend(self._inbox.feed(data))
        except BadMessage:
            self._died("out of step")
