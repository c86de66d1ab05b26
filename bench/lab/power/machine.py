"""A virtual machine whose power can be cut: the emulator is killed, and its disk forgets what was not flushed."""

from __future__ import annotations

import json
import queue
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from bench.lab.power.disk import CachedDisk, DiskServer
from kiosk.app.story.stage import die_with_parent

EMULATOR = "qemu-system-x86_64"
# Without AVX: it was new in QEMU 7.2, where one boot in some twenty found the signature of a sound module broken.
PROCESSOR = "Nehalem,+rdrand"
MEMORY_MB = 512
Message = list[Any]


class Silence(Exception):
    """The machine said nothing for too long, or went away; the text holds the end of its console."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Something that left the machine. `place`: how many entries its disk had at that moment."""

    message: Message
    place: int


class Machine:
    """Boots on construction. Messages are JSON lists, one a line, over a port that has no other use.

    `live` is the disk whose power is cut; `others` are plain image files, with no cache worth the name. The program
    inside finds each disk by its serial: "live", then "0", "1" and so on.
    """

    def __init__(self, linux: Path, initramfs: Path, console: Path, live: CachedDisk | None, others: Sequence[Path]):
        self._console = console
        self._live = live
        self._heard: queue.Queue[Heard | None] = queue.Queue()
        command = [
            *(EMULATOR, "-accel", "tcg", "-machine", "q35", "-cpu", PROCESSOR, "-m", str(MEMORY_MB)),
            *("-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-serial", f"file:{console}"),
            *(
                "-kernel",
                str(linux),
                "-initrd",
                str(initramfs),
                "-append",
                "console=ttyS0 quiet panic=-1 no_timer_check",
            ),
            *("-fsdev", "local,path=/,id=host,security_model=none,readonly=on,multidevs=remap"),
            *("-device", "virtio-9p-pci,fsdev=host,mount_tag=host"),
        ]
        talk, theirs = socket.socketpair()
        passed = [theirs]
        command += ["-chardev", f"socket,id=talk,fd={theirs.fileno()}"]
        command += ["-device", "virtio-serial-pci", "-device", "virtserialport,chardev=talk,name=talk"]
        self._server: DiskServer | None = None
        if live is not None:
            ours, theirs = socket.socketpair()
            passed.append(theirs)
            self._server = DiskServer(live, ours)
            command += ["-blockdev", f"nbd,node-name=live,server.type=fd,server.str={theirs.fileno()}"]
            command += ["-device", "virtio-blk-pci,drive=live,serial=live,write-cache=on"]
        for number, image in enumerate(others):
            command += ["-drive", f"if=none,id=d{number},format=raw,cache=unsafe,file={image}"]
            command += ["-device", f"virtio-blk-pci,drive=d{number},serial={number}"]
        with console.with_suffix(".err").open("wb") as errors:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                pass_fds=[line.fileno() for line in passed],
                preexec_fn=die_with_parent,
            )
        for line in passed:
            line.close()
        self._talk = talk
        self._listener = threading.Thread(target=self._listen, name="lab-machine", daemon=True)
        self._listener.start()

    def __enter__(self) -> Machine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def say(self, message: Message) -> None:
        self._talk.sendall(json.dumps(message).encode() + b"\n")

    def hear(self, timeout_s: float) -> Heard:
        """The next message. Raises Silence."""
        try:
            heard = self._heard.get(timeout=timeout_s)
        except queue.Empty:
            heard = None
        if heard is None:
            raise Silence(f"nothing from the machine; its last words: {self._last_words()}")
        return heard

    def hear_for(self, seconds: float) -> list[Heard]:
        """Everything of the next seconds. Raises Silence when the machine goes away."""
        end = time.monotonic() + seconds
        found = []
        while (left := end - time.monotonic()) > 0:
            try:
                heard = self._heard.get(timeout=left)
            except queue.Empty:
                break
            if heard is None:
                raise Silence(f"the machine went away; its last words: {self._last_words()}")
            found.append(heard)
        return found

    def cut(self) -> list[Heard]:
        """Take the power away. What had left the machine by then, and was not heard yet."""
        self._end()
        found = []
        while not self._heard.empty():
            heard = self._heard.get()
            if heard is not None:
                found.append(heard)
        return found

    def _end(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        if self._server is not None:
            self._server.join()
        self._listener.join()
        self._talk.close()

    def _listen(self) -> None:
        rest = b""
        while True:
            try:
                part = self._talk.recv(1 << 16)
            except OSError:
                part = b""
            if not part:
                self._heard.put(None)
                return
            *lines, rest = (rest + part).split(b"\n")
            place = 0 if self._live is None else len(self._live.entries)
            for line in lines:
                self._heard.put(Heard(json.loads(line), place))

    def _last_words(self) -> str:
        text = ""
        for path in (self._console, self._console.with_suffix(".err")):
            if path.exists():
                text += path.read_text(encoding="utf-8", errors="replace")[-1500:]
        return text.strip() or "none"
