"""Where is looked: the memory and open files of the terminal's processes, its files, and the pages of its store."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy

from kiosk.app.residue.needles import Hit, Search

CAMERA: Final = "devices.camera.child"
VOICE: Final = "devices.speech.child"
PAGE: Final = os.sysconf("SC_PAGE_SIZE")
PIECE: Final = (16 << 20) // PAGE
"""So many pages are read at once."""
IN_USE: Final = numpy.uint64(3 << 62)
"""Of an entry of a pagemap: the page is in memory, or in swap."""
LARGEST_FILE: Final = 64 << 20
SHARED: Final = (Path("/tmp"), Path("/dev/shm"), Path("/var/tmp"))
SPOOL: Final = Path("/var/spool/cups")


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a process's memory that may hold what it computed."""

    start: int
    end: int
    what: str
    shared: bool


def family(pid: int) -> tuple[int, ...]:
    """A process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                status = Path("/proc", entry, "stat").read_bytes()
            except OSError:
                continue
            parent = int(status[status.rindex(b")") + 1 :].split()[1])
            children.setdefault(parent, []).append(int(entry))
    found, next_ones = [], [pid]
    while next_ones:
        one = next_ones.pop(0)
        found.append(one)
        next_ones += children.get(one, [])
    return tuple(found)


def stretches(pid: int) -> Iterator[Stretch]:
    """What can be written or was: heap, stacks, anonymous memory, data of libraries, shared memory."""
    for line in Path("/proc", str(pid), "maps").read_text("utf-8", "replace").splitlines():
        span, rights, _, _, inode, *name = line.split(maxsplit=5)
        start, _, end = span.partition("-")
        path = name[0] if name else ""
        if not rights.startswith("r") or path in ("[vvar]", "[vsyscall]", "[vdso]"):
            continue
        if rights[1] == "w" or inode == "0":
            kilobytes = int(end, 16) - int(start, 16) >> 10
            what = path.strip("[]") if path.startswith("[") else f"data of {Path(path).name}"
            if not path:  # the stack of a thread has 8192 KB
                what = f"anonymous, {kilobytes} KB"
            if rights[3] == "s":
                what = f"shared {Path(path).name}"
            yield Stretch(int(start, 16), int(end, 16), what, shared=rights[3] == "s")


@contextmanager
def standing_still(pids: Sequence[int]) -> Iterator[None]:
    """Stop these while they are read: all of it is from one moment."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def memory_of(pid: int) -> Iterator[tuple[str, bytes]]:
    """What stands in each mapping. Raises PermissionError where the process keeps its memory to itself."""
    with (
        open(f"/proc/{pid}/mem", "rb", buffering=0) as memory,
        open(f"/proc/{pid}/pagemap", "rb", buffering=0) as pagemap,
    ):
        for stretch in stretches(pid):
            for start, end in _written(pagemap.fileno(), stretch):
                try:
                    yield stretch.what, os.pread(memory.fileno(), end - start, start)
                except OSError:  # a device, or a page that is gone
                    continue


def _written(pagemap: int, stretch: Stretch) -> Iterator[tuple[int, int]]:
    """Runs of pages that were ever used, each with the page behind it: a text may end there in zeros. The rest of a
    thread's stack or of a heap would be read as zeros, which is some hundred megabytes of nothing.
    """
    first, last = stretch.start // PAGE, stretch.end // PAGE
    if stretch.shared:  # others may have written what this process has not looked at
        yield stretch.start, stretch.end
        return
    entries = numpy.frombuffer(os.pread(pagemap, (last - first) * 8, first * 8), numpy.uint64)
    used = numpy.concatenate(([0], (entries & IN_USE) != 0, [0])).astype(numpy.int8)
    edges = numpy.flatnonzero(numpy.diff(used)).tolist()
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        for at in range(begin, end, PIECE):
            yield (first + at) * PAGE, min((first + min(at + PIECE, end) + 1) * PAGE, stretch.end)


def open_files_of(pid: int) -> Iterator[tuple[str, bytes]]:
    """Regular files without a name that a process still holds: deleted ones, and files in memory."""
    folder = Path("/proc", str(pid), "fd")
    for entry in sorted(os.listdir(folder), key=int):
        try:
            target = os.readlink(folder / entry)
            if not target.endswith(" (deleted)") or not stat.S_ISREG(os.stat(folder / entry).st_mode):
                continue
            with open(folder / entry, "rb") as file:
                yield target.removesuffix(" (deleted)"), file.read(LARGEST_FILE)
        except OSError:
            continue


def name_of(pid: int) -> str:
    """What a process is called."""
    try:
        words = Path("/proc", str(pid), "cmdline").read_bytes().split(b"\0")
    except OSError:
        return "gone"
    return next((w.decode("utf-8", "replace") for w in words[1:] if w.startswith((b"kiosk.", b"devices."))), "child")


def in_processes(search: Search, pids: Sequence[int]) -> Iterator[Hit]:
    """Everything in their memory and in files that only they see."""
    with standing_still(pids):
        found = [place for pid in pids for place in _in_process(pid)]
    for place, data in found:
        yield from search.find_in_memory(data, place)


def _in_process(pid: int) -> Iterator[tuple[str, bytes]]:
    """A camera's process closes its memory to everybody but the system; whichever looked at a paper has to be gone."""
    name = name_of(pid)
    try:
        for kind, read in (("memory of", memory_of), ("open file of", open_files_of)):
            yield from ((f"{kind} {name}: {what}", data) for what, data in read(pid))
    except PermissionError:
        if name != CAMERA:
            raise


def in_files(search: Search, folders: Sequence[Path]) -> Iterator[Hit]:
    """Everything in the files of these folders, and in their names."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            yield from search.find(os.fsencode(path.name), f"name of a file in {folder.name}")
            yield from in_file(search, path, f"file {path.relative_to(folder.parent)}")


def written_at(folder: Path) -> Mapping[Path, int]:
    """When each file in it was last written to, in nanoseconds."""
    found = ((path, path.lstat()) for path in folder.rglob("*"))
    return {path: status.st_mtime_ns for path, status in found if stat.S_ISREG(status.st_mode)}


def in_file(search: Search, path: Path, place: str) -> Iterator[Hit]:
    """Everything in one file, if it is one."""
    try:
        if stat.S_ISREG(path.lstat().st_mode):
            with path.open("rb") as file:
                yield from search.find(file.read(LARGEST_FILE), place)
    except OSError:
        return


def in_shared_folders(search: Search, since: float, apart: Path) -> Iterator[Hit]:
    """Everything that this user has since written into folders of the whole machine, a print queue among them."""
    for folder in (*SHARED, SPOOL):
        for path in _reachable(folder, apart):
            try:
                found = path.lstat()
            except OSError:
                continue
            if found.st_uid == os.getuid() and found.st_mtime >= since:
                yield from in_file(search, path, f"file {path.name} in {folder}")


def _reachable(folder: Path, apart: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        here = Path(root)
        folders[:] = [name for name in folders if here / name != apart]
        yield from (here / name for name in files)
