"""A disk whose every write is written down, and what it may look like when the power goes at any one of them.

`Recorder` notes what SQLite (through a VFS), Python's `os` and the store's writer of slots do to the files below one
folder, in order. `Replay` walks that log and says what is certainly on the disk; of everything not yet synced, a `Fate`
decides what survives: nothing, all of it, the beginning, single writes in any order, or single sectors of them. What
was written out without being synced lies in the disk's own cache: it may vanish as well, until a sync of any file ends
in a flush of the disk.
"""

from __future__ import annotations

import itertools
import os
import random
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import apsw

from bench.lab.stores import swapped
from offline_cache import slots

Fate = Literal["nothing", "all", "beginning", "writes", "sectors of 512", "sectors of 4096"]
FATES: tuple[Fate, ...] = ("nothing", "all", "beginning", "writes", "sectors of 512", "sectors of 4096")
_SECTOR: Mapping[Fate, int] = {"sectors of 512": 512, "sectors of 4096": 4096, "beginning": 512}

_names = itertools.count()


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes at an offset of a file."""

    file: int
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Resize:
    """A file cut or grown to `size`."""

    file: int
    size: int


@dataclass(frozen=True, slots=True)
class Sync:
    """What was written to a file before `upto` in the log is on the disk."""

    file: int
    upto: int


@dataclass(frozen=True, slots=True)
class Out:
    """What was written to a file before `upto` in the log has reached the disk's cache."""

    file: int
    upto: int


@dataclass(frozen=True, slots=True)
class Name:
    """A name now means this file (None: nothing); a rename also takes the name `was` away."""

    path: str
    file: int | None
    was: str | None = None


@dataclass(frozen=True, slots=True)
class SyncFolder:
    """The names in a folder are on the disk."""

    path: str
    upto: int


@dataclass(frozen=True, slots=True)
class Mark:
    """Something the program was told, or is about to do: no write, but part of the order."""

    what: object


Op = Write | Resize | Sync | Out | Name | SyncFolder | Mark
Image = dict[str, bytes]
"""A disk: content by path below the folder."""


class Recorder:
    """Notes everything that happens below `root`. `no_sync` says for which files a sync does nothing (a control)."""

    def __init__(self, root: Path, no_sync: Callable[[str], bool] = lambda path: False) -> None:
        self.root = root
        self.log: list[Op] = []
        self.start = read_image(root)
        self.files: dict[str, int] = {}
        self._no_sync = no_sync
        self._next = itertools.count()
        self._lock = threading.Lock()
        self._handles: dict[int, int | str] = {}
        self._new_wals: set[int] = set()
        self.first_files: dict[int, bytes] = {}
        for path, data in self.start.items():
            self.files[path] = number = next(self._next)
            self.first_files[number] = data
        self.first_names = dict(self.files)

    def mark(self, what: object) -> None:
        self._note(Mark(what))

    def inside(self, path: object) -> str | None:
        """The path below the folder; None for one that is elsewhere or not kept over a power cut."""
        if not isinstance(path, str | os.PathLike):
            return None
        text = os.fspath(path)
        if not isinstance(text, str) or not text.startswith(f"{self.root}{os.sep}") or not kept(text):
            return None
        return text[len(str(self.root)) + 1 :]

    # one method for each thing that can happen to a file

    def opened(self, path: str, *, create: bool, empty: bool, wal: bool = False) -> int | None:
        """The file a name means, made when it is not there and may be."""
        with self._lock:
            number = self.files.get(path)
            if number is None:
                if not create:
                    return None
                number = self.files[path] = next(self._next)
                self.log.append(Name(path, number))
                if wal:
                    self._new_wals.add(number)
            elif empty:
                self.log.append(Resize(number, 0))
            return number

    def wrote(self, file: int, offset: int, data: bytes) -> None:
        self._note(Write(file, offset, data))

    def resized(self, file: int, size: int) -> None:
        self._note(Resize(file, size))

    def place(self) -> int:
        """Where the log stands: a sync that begins now covers what is before."""
        return len(self.log)

    def synced(self, file: int, upto: int) -> None:
        path = next((path for path, number in self.files.items() if number == file), None)
        if path is None or not self._no_sync(path):
            self._note(Sync(file, upto))
        if path is not None and file in self._new_wals:
            # SQLite syncs the folder with the first sync of a file it made.
            self._new_wals.discard(file)
            self._note(SyncFolder(os.path.dirname(path), upto))

    def wrote_out(self, file: int, upto: int) -> None:
        path = next((path for path, number in self.files.items() if number == file), None)
        if path is None or not self._no_sync(path):
            self._note(Out(file, upto))

    def synced_folder(self, path: str, upto: int) -> None:
        self._note(SyncFolder(path, upto))

    def removed(self, path: str) -> None:
        with self._lock:
            if self.files.pop(path, None) is not None:
                self.log.append(Name(path, None))

    def renamed(self, source: str, target: str) -> None:
        with self._lock:
            number = self.files.pop(source, None)
            if number is not None:
                self.files[target] = number
                self.log.append(Name(target, number, source))

    def _note(self, op: Op) -> None:
        with self._lock:
            self.log.append(op)

    # hooks

    @contextmanager
    def recording(self) -> Iterator[str]:
        """Everything is noted; gives the name of the VFS to open the database with."""
        vfs = _Vfs(self)
        before = {name: getattr(os, name) for name in _HOOKED}
        for name in _HOOKED:
            setattr(os, name, getattr(self, f"_{name}")(before[name]))
        try:
            with swapped(slots.write_out, self._write_out(slots.write_out)):
                yield f"multipleciphers-{vfs.name}"
        finally:
            for name, function in before.items():
                setattr(os, name, function)
            vfs.unregister()

    def missed(self) -> list[str]:
        """Files whose content is not what the log says: something wrote past the recorder."""
        replay = Replay(self)
        for index, op in enumerate(self.log):
            replay.apply(index, op)
        told, there = replay.image("all", random.Random(0)), read_image(self.root)
        return sorted(path for path in told.keys() | there.keys() if told.get(path) != there.get(path))

    def _open(self, real: Callable[..., int]) -> Callable[..., int]:
        def hooked(path: Any, flags: int, *rest: Any, **named: Any) -> int:
            inside = self.inside(path)
            handle = real(path, flags, *rest, **named)
            self._handles.pop(handle, None)
            if inside is not None:
                if flags & os.O_DIRECTORY:
                    self._handles[handle] = inside
                else:
                    number = self.opened(inside, create=bool(flags & os.O_CREAT), empty=bool(flags & os.O_TRUNC))
                    if number is not None:
                        self._handles[handle] = number
            elif flags & os.O_DIRECTORY and Path(path) == self.root:
                self._handles[handle] = ""
            return handle

        return hooked

    def _close(self, real: Callable[..., None]) -> Callable[..., None]:
        def hooked(handle: int) -> None:
            self._handles.pop(handle, None)
            real(handle)

        return hooked

    def _write(self, real: Callable[..., int]) -> Callable[..., int]:
        def hooked(handle: int, data: Any) -> int:
            number = self._handles.get(handle)
            if not isinstance(number, int):
                return real(handle, data)
            count = real(handle, data)
            self.wrote(number, os.lseek(handle, 0, os.SEEK_CUR) - count, bytes(data)[:count])
            return count

        return hooked

    def _pwrite(self, real: Callable[..., int]) -> Callable[..., int]:
        def hooked(handle: int, data: Any, offset: int) -> int:
            count = real(handle, data, offset)
            number = self._handles.get(handle)
            if isinstance(number, int):
                self.wrote(number, offset, bytes(data)[:count])
            return count

        return hooked

    def _fsync(self, real: Callable[..., None]) -> Callable[..., None]:
        def hooked(handle: int) -> None:
            upto = self.place()
            real(handle)
            number = self._handles.get(handle)
            if isinstance(number, int):
                self.synced(number, upto)
            elif number is not None:
                self.synced_folder(number, upto)

        return hooked

    _fdatasync = _fsync

    def _write_out(self, real: Callable[[int, int], None]) -> Callable[[int, int], None]:
        def hooked(handle: int, flags: int) -> None:
            upto = self.place()
            real(handle, flags)
            number = self._handles.get(handle)
            if isinstance(number, int) and flags & slots.WAIT_AFTER:
                self.wrote_out(number, upto)

        return hooked

    def _ftruncate(self, real: Callable[..., None]) -> Callable[..., None]:
        def hooked(handle: int, size: int) -> None:
            real(handle, size)
            number = self._handles.get(handle)
            if isinstance(number, int):
                self.resized(number, size)

        return hooked

    def _posix_fallocate(self, real: Callable[..., None]) -> Callable[..., None]:
        def hooked(handle: int, offset: int, size: int) -> None:
            before = os.fstat(handle).st_size
            real(handle, offset, size)
            number = self._handles.get(handle)
            if isinstance(number, int) and offset + size > before:
                self.resized(number, offset + size)

        return hooked

    def _unlink(self, real: Callable[..., None]) -> Callable[..., None]:
        def hooked(path: Any, **named: Any) -> None:
            real(path, **named)
            inside = self.inside(path)
            if inside is not None:
                self.removed(inside)

        return hooked

    def _replace(self, real: Callable[..., None]) -> Callable[..., None]:
        def hooked(source: Any, target: Any, **named: Any) -> None:
            real(source, target, **named)
            inside, to = self.inside(source), self.inside(target)
            if inside is not None and to is not None:
                self.renamed(inside, to)

        return hooked

    _remove = _unlink
    _rename = _replace


_HOOKED = (
    *("open", "close", "write", "pwrite", "fsync", "fdatasync", "ftruncate", "posix_fallocate"),
    *("unlink", "remove", "replace", "rename"),
)


def kept(path: str) -> bool:
    """False for files of no meaning after a power cut: SQLite's shared memory, the lock, the ballast."""
    return not path.endswith(("-shm", "/lock", "/ballast"))


def read_image(root: Path) -> Image:
    """The files below `root` as they are."""
    paths = (path for path in root.rglob("*") if path.is_file() and kept(str(path)))
    return {str(path.relative_to(root)): path.read_bytes() for path in paths}


def write_image(image: Image, root: Path) -> None:
    """Lay the files out below `root`."""
    for name, data in image.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


# ----------------------------------------------------------------------------------------------------- the VFS


class _Vfs(apsw.VFS):
    """Real files, below the encryption: what is noted are the bytes on the disk."""

    def __init__(self, recorder: Recorder) -> None:
        self.name = f"recorded-{next(_names)}"
        self.recorder = recorder
        super().__init__(self.name, "unix")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:
        return _VfsFile(self.recorder, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        super().xDelete(filename, syncdir)
        inside = self.recorder.inside(filename)
        if inside is not None:
            self.recorder.removed(inside)
            if syncdir:
                self.recorder.synced_folder(os.path.dirname(inside), self.recorder.place())


class _VfsFile(apsw.VFSFile):
    def __init__(self, recorder: Recorder, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        super().__init__("unix", name, flags)
        self.recorder = recorder
        path = recorder.inside(name.filename() if isinstance(name, apsw.URIFilename) else name)
        create, wal = bool(flags[0] & apsw.SQLITE_OPEN_CREATE), bool(flags[0] & apsw.SQLITE_OPEN_WAL)
        self.number = None if path is None else recorder.opened(path, create=create, empty=False, wal=wal)

    def xWrite(self, data: bytes, offset: int) -> None:
        super().xWrite(data, offset)
        if self.number is not None:
            self.recorder.wrote(self.number, offset, bytes(data))

    def xTruncate(self, newsize: int) -> None:
        super().xTruncate(newsize)
        if self.number is not None:
            self.recorder.resized(self.number, newsize)

    def xSync(self, flags: int) -> None:
        upto = self.recorder.place()
        super().xSync(flags)
        if self.number is not None:
            self.recorder.synced(self.number, upto)


# ----------------------------------------------------------------------------------------------------- replay


@dataclass(slots=True)
class _File:
    """What is surely on the disk, and what is not yet."""

    sure: bytearray
    pending: list[tuple[int, Write | Resize]] = field(default_factory=list)
    out: list[tuple[int, int]] = field(default_factory=list)
    """Where in the log it was written out, and up to where."""

    def make_sure(self, upto: int) -> None:
        """What came before that place is on the disk."""
        for at, done in self.pending:
            if at < upto:
                _do(self.sure, done)
        self.pending = [(at, done) for at, done in self.pending if at >= upto]


class Replay:
    """The disk while the log goes by."""

    def __init__(self, recorder: Recorder) -> None:
        self._files = {number: _File(bytearray(data)) for number, data in recorder.first_files.items()}
        self._names: dict[str, int] = dict(recorder.first_names)
        self._pending: list[tuple[int, Name]] = []

    def apply(self, index: int, op: Op) -> None:
        """The next line of the log."""
        match op:
            case Write(file) | Resize(file):
                self._file(file).pending.append((index, op))
            case Sync(file, upto):
                self._file(file).make_sure(upto)
                for entry in self._files.values():
                    entry.make_sure(max((until for at, until in entry.out if at < upto), default=0))
            case Out(file, upto):
                self._file(file).out.append((index, upto))
            case Name():
                self._pending.append((index, op))
            case SyncFolder(folder, upto):
                for at, name in self._pending:
                    if at < upto and folder in _folders(name):
                        _take_name(self._names, name)
                self._pending = [(at, n) for at, n in self._pending if at >= upto or folder not in _folders(n)]
            case Mark():
                pass

    def image(self, fate: Fate, dice: random.Random) -> Image:
        """The disk if the power goes now."""
        places = sorted(at for entry in self._files.values() for at, _ in entry.pending)
        places = sorted([*places, *(at for at, _ in self._pending)])
        # "beginning": everything up to one write is there, that one is torn, nothing after it is.
        cut = dice.choice(places) if places else -1
        names = dict(self._names)
        in_order = dice.choice((True, False))
        last = dice.choice([*(at for at, _ in self._pending), -1])
        for at, name in self._pending:
            if (
                fate == "all"
                or (fate == "beginning" and at <= cut)
                or (
                    fate in ("writes", "sectors of 512", "sectors of 4096")
                    and (at <= last if in_order else _half(dice))
                )
            ):
                _take_name(names, name)
        contents = {number: self._content(entry, fate, cut, dice) for number, entry in self._files.items()}
        return {path: bytes(contents.get(number, b"")) for path, number in names.items()}

    def _content(self, entry: _File, fate: Fate, cut: int, dice: random.Random) -> bytearray:
        data = bytearray(entry.sure)
        junk = _half(dice)
        for at, op in entry.pending:
            if fate == "nothing" or (fate == "beginning" and at > cut):
                continue
            if fate == "all" or (fate == "beginning" and at < cut):
                _do(data, op)
            elif isinstance(op, Resize) or fate == "writes":
                if _half(dice):
                    _do(data, op, dice if junk else None)
            else:
                for piece in _sectors(op, _SECTOR[fate]):
                    if _half(dice):
                        _do(data, piece, dice if junk else None)
        return data

    def _file(self, number: int) -> _File:
        return self._files.setdefault(number, _File(bytearray()))


def _half(dice: random.Random) -> bool:
    return dice.random() < 0.5


def _folders(name: Name) -> tuple[str, ...]:
    return tuple(os.path.dirname(path) for path in (name.path, name.was) if path is not None)


def _take_name(names: dict[str, int], name: Name) -> None:
    if name.was is not None:
        names.pop(name.was, None)
    if name.file is None:
        names.pop(name.path, None)
    else:
        names[name.path] = name.file


def _do(data: bytearray, op: Write | Resize, junk: random.Random | None = None) -> None:
    """Apply one operation; the gap before a write beyond the end is zeros, or whatever lay there before."""
    if isinstance(op, Resize):
        if op.size < len(data):
            del data[op.size :]
        else:
            data.extend(bytes(op.size - len(data)))
        return
    gap = op.offset - len(data)
    if gap > 0:
        data.extend(bytes(gap) if junk is None else junk.randbytes(gap))
    data[op.offset : op.offset + len(op.data)] = op.data


def _sectors(op: Write, size: int) -> Iterator[Write]:
    """The write in pieces that a disk writes wholly or not at all."""
    start = op.offset
    end = op.offset + len(op.data)
    while start < end:
        stop = min(end, (start // size + 1) * size)
        yield Write(op.file, start, op.data[start - op.offset : stop - op.offset])
        start = stop
