"""A disk with a volatile write cache, served to the emulator over NBD: what the machine has not flushed may be gone.

A kill of the emulator alone would lose only what the guest's memory still held: every write that had reached the
emulator would survive in the host's memory, in order and whole. A real disk answers a write when it is in its cache and
promises nothing before the next flush. This one keeps the writes in the order they came, with a mark for each flush; at
a cut everything before the last flush is on the medium, and of the writes after it any part may be, sector by sector.
"""

from __future__ import annotations

import mmap
import os
import random
import socket
import struct
import subprocess
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

# What a disk writes whole or not at all. Smaller ones are no longer made, and ext4 does not survive them: half of its
# superblock is 512 bytes.
SECTOR = 4096


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes the machine wrote at an offset."""

    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Flush:
    """The machine asked for everything so far to be on the medium, and was told that it is."""


Entry = Write | Flush


def survivors(entries: Sequence[Entry], dice: random.Random) -> Iterator[Write]:
    """What the medium holds after a cut right behind these entries, as writes in order.

    Before the last flush everything; after it nothing, or a random part of the sectors.
    """
    flushed = max((place for place, entry in enumerate(entries) if isinstance(entry, Flush)), default=-1)
    share = dice.choice((0.0, dice.random(), dice.random()))
    for place, entry in enumerate(entries):
        if isinstance(entry, Flush):
            continue
        if place < flushed:
            yield entry
            continue
        end = entry.offset + len(entry.data)
        for start in range(entry.offset - entry.offset % SECTOR, end, SECTOR):
            if dice.random() < share:
                start, stop = max(start, entry.offset), min(start + SECTOR, end)
                yield Write(start, entry.data[start - entry.offset : stop - entry.offset])


class CachedDisk:
    """The disk of one run of the machine. `medium` is a file with what was on it when the power came on.

    The file is not changed: `cut` makes another one. A disk that `lies` says it has flushed and has not.
    """

    def __init__(self, medium: Path, *, lies: bool = False) -> None:
        self.entries: list[Entry] = []
        self._medium = medium
        self._lies = lies
        with medium.open("rb") as file:
            # A private map is what the machine sees: the medium, and over it all its writes.
            self._seen = mmap.mmap(file.fileno(), 0, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE)

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self._seen)

    def close(self) -> None:
        """Give the memory back; what was written is forgotten."""
        self._seen.close()
        self.entries.clear()

    def read(self, offset: int, length: int) -> bytes:
        return self._seen[offset : offset + length]

    def write(self, offset: int, data: bytes) -> None:
        self._seen[offset : offset + len(data)] = data
        self.entries.append(Write(offset, data))

    def flush(self) -> None:
        if not self._lies:
            self.entries.append(Flush())

    def cut(self, place: int, target: Path, dice: random.Random) -> None:
        """Make `target` the medium as it is when the power goes after `place` entries."""
        copy(self._medium, target)
        with target.open("r+b", buffering=0) as file:
            for write in survivors(self.entries[:place], dice):
                os.pwrite(file.fileno(), write.data, write.offset)


def copy(image: Path, target: Path) -> None:
    """Copy an image; what is empty takes no room."""
    subprocess.run(["cp", "--sparse=always", image, target], check=True)


# NBD, https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md: fixed newstyle, one export without a name.
_OPTION_MAGIC = 0x49484156454F5054
_ANSWER_MAGIC = 0x3E889045565A9
_REQUEST_MAGIC = 0x25609513
_REPLY_MAGIC = 0x67446698
_OPT_ABORT, _OPT_GO = 2, 7
_REP_ACK, _REP_INFO, _REP_UNSUPPORTED = 1, 3, (1 << 31) + 1
_HAS_FLAGS, _SENDS_FLUSH = 1, 4
_INVALID = 22  # EINVAL


class DiskServer:
    """Serves a disk on one end of a socket pair until the other end is gone; `join` waits for that."""

    def __init__(self, disk: CachedDisk, line: socket.socket) -> None:
        self._disk = disk
        self._line = line
        self._thread = threading.Thread(target=self._serve, name="lab-disk", daemon=True)
        self._thread.start()

    def join(self, timeout_s: float = 10.0) -> None:
        """Everything the machine sent before its end is in the disk's entries."""
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            raise TimeoutError("the disk is still being written")

    def _serve(self) -> None:
        with self._line:
            try:
                if self._agree():
                    while self._answer():
                        pass
            except (EOFError, OSError):
                return  # the machine is gone, which is what it is here for

    def _agree(self) -> bool:
        """The handshake; True when the machine wants the disk."""
        self._line.sendall(b"NBDMAGIC" + struct.pack(">QH", _OPTION_MAGIC, 0b11))
        self._take(4)
        while True:
            _, option, length = struct.unpack(">QII", self._take(16))
            self._take(length)
            if option == _OPT_GO:
                about = struct.pack(">HQH", 0, self._disk.size, _HAS_FLAGS | _SENDS_FLUSH)
                self._option(option, _REP_INFO, about)
                self._option(option, _REP_ACK)
                return True
            if option == _OPT_ABORT:
                self._option(option, _REP_ACK)
                return False
            self._option(option, _REP_UNSUPPORTED)

    def _option(self, option: int, kind: int, data: bytes = b"") -> None:
        self._line.sendall(struct.pack(">QIII", _ANSWER_MAGIC, option, kind, len(data)) + data)

    def _answer(self) -> bool:
        _, _, kind, cookie, offset, length = struct.unpack(">IHHQQI", self._take(28))
        error, data = 0, b""
        match kind:
            case 0:
                data = self._disk.read(offset, length)
            case 1:
                self._disk.write(offset, self._take(length))
            case 2:
                return False
            case 3:
                self._disk.flush()
            case _:
                error = _INVALID
        self._line.sendall(struct.pack(">IIQ", _REPLY_MAGIC, error, cookie) + data)
        return True

    def _take(self, length: int) -> bytes:
        parts = bytearray()
        while len(parts) < length:
            part = self._line.recv(min(length - len(parts), 1 << 20))
            if not part:
                raise EOFError
            parts += part
        return bytes(parts)
