"""What the panel says to the world: one JSON line to the emulators' control socket, or one demo request to the centre.

Both block for at most :data:`TIMEOUT_S`; :class:`Errands` runs them on a thread of its own, one after the other.
"""

from __future__ import annotations

import json
import os
import queue
import socket
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

TIMEOUT_S: Final = 5.0
MAX_ANSWER_BYTES: Final = 65_536

Command = Mapping[str, Any]
Fault = Literal["up", "down", "slow", "garbage"]


@dataclass(frozen=True, slots=True)
class Answer:
    """How an errand went; ``why`` is the other side's own word when it did not."""

    ok: bool
    why: str = ""


class LinkError(Exception):
    """Nobody answered, or not in the agreed form; the text says what."""


def send_command(control: Path, command: Command) -> Answer:
    """One command on a fresh connection to ``D/control.sock``; raises :class:`LinkError`."""
    try:
        # A socket's name holds 107 bytes; a folder's path may be longer, its descriptor's name never is.
        folder = os.open(control.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
                line.settimeout(TIMEOUT_S)
                line.connect(f"/proc/self/fd/{folder}/{control.name}")
                line.sendall(json.dumps(command, ensure_ascii=False).encode() + b"\n")
                with line.makefile("rb") as reader:
                    said = reader.readline(MAX_ANSWER_BYTES)
        finally:
            os.close(folder)
    except OSError as error:
        raise LinkError(f"control.sock: {error.strerror or error}") from error
    try:
        answer = json.loads(said)
        return Answer(bool(answer["ok"]), str(answer.get("why", "")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LinkError("control.sock: not an answer") from error


class CentreLink:
    """The demo addresses of the centre at ``url``. Proxies of the environment are not used: it is on this machine."""

    def __init__(self, url: str) -> None:
        if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
            raise ValueError("the centre's address must begin with http:// or https://")
        self._url = url.rstrip("/")
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def citizen_code(self, person: str) -> str:
        """A fresh signed code of a demo person; raises :class:`LinkError`."""
        answer = self._ask(f"/demo/citizen-code?{urllib.parse.urlencode({'person': person})}", None)
        code = answer.get("code")
        if not isinstance(code, str):
            raise LinkError("centre: no code in the answer")
        return code

    def fault(self, mode: Fault, delay_s: float = 5.0) -> None:
        """What the terminal finds on the line from now on; raises :class:`LinkError`."""
        self._ask("/demo/fault", {"mode": mode, "delay_s": delay_s} if mode == "slow" else {"mode": mode})

    def _ask(self, address: str, body: Mapping[str, Any] | None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + address, data, {"Content-Type": "application/json"})
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as response:
                answer = json.loads(response.read(MAX_ANSWER_BYTES) or b"{}")
        except (OSError, ValueError) as error:
            reason = error.code if isinstance(error, urllib.error.HTTPError) else getattr(error, "reason", error)
            raise LinkError(f"centre: {reason}") from error
        return answer if isinstance(answer, dict) else {}


class Errands:
    """Runs errands on one thread, in order; ``done`` is called on that thread with what came of each."""

    def __init__(self, done: Callable[[str, Answer], None]) -> None:
        self._done = done
        self._queue: queue.SimpleQueue[tuple[str, Callable[[], Answer]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="panel-errands", daemon=True)
        self._thread.start()

    def send(self, label: str, errand: Callable[[], Answer]) -> None:
        """Put an errand at the end of the queue."""
        self._queue.put((label, errand))

    def stop(self, timeout_s: float = TIMEOUT_S) -> None:
        """End the thread after the errand under way."""
        self._queue.put(None)
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while (entry := self._queue.get()) is not None:
            label, errand = entry
            try:
                answer = errand()
            except LinkError as error:
                answer = Answer(False, str(error))
            self._done(label, answer)
