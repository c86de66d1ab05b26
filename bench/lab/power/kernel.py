"""The kernel of the virtual machine: Debian's, fetched by apt into a cache, never installed.

`python -m bench.lab.power` fetches it. apt checks the signatures; nothing of it is kept in this tree.
"""

from __future__ import annotations

import lzma
import os
import platform
import re
import shutil
import stat
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

META_PACKAGE = "linux-image-amd64"
BUSYBOX_PACKAGE = "busybox-static"
MODULES = ("virtio_pci", "virtio_blk", "virtio_console", "9pnet_virtio", "9p", "crc32c_generic", "ext4")
_XZ = b"\xfd7zXZ\x00"
_DEPENDS = re.compile(rb"\x00depends=([^\x00]*)\x00")

# What the machine does before the program: the host's files are seen read-only, so its Python is here too.
_INIT = """#!/bin/busybox sh
B=/bin/busybox
$B mount -t proc proc /proc
$B mount -t sysfs sys /sys
$B mount -t devtmpfs dev /dev
for module in {modules}; do $B insmod /modules/$module.ko || $B poweroff -f; done
$B mount -t 9p -o ro,trans=virtio,version=9p2000.L,cache=loose,msize=512000 host /host
for place in proc sys dev; do $B mount --bind /$place /host/$place; done
$B mount -t tmpfs work /host/mnt
$B cp /bin/busybox /host/mnt/busybox
$B chroot /host /mnt/busybox env -i HOME=/mnt PATH=/usr/bin:/bin PYTHONDONTWRITEBYTECODE=1 PYTHONUTF8=1 \\
    PYTHONPATH={paths} {python} -S -m {program}
$B poweroff -f
"""


class NoKernel(Exception):
    """It could not be fetched; the text says why."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """A folder with `linux`, `busybox` and `modules/*.ko`; `modules` names them in the order they are loaded."""

    folder: Path
    modules: tuple[str, ...]

    @property
    def image(self) -> Path:
        return self.folder / "linux"

    def initramfs(self, program: str, root: Path) -> bytes:
        """The first file system: it ends in running the module `program` with the Python that runs this.

        It imports from `root` and from where this Python has its packages, and nothing else (`-S`): an emulated
        processor takes its time.
        """
        paths = f"{root}:{sysconfig.get_path('purelib')}:{sysconfig.get_path('platlib')}"
        init = _INIT.format(modules=" ".join(self.modules), paths=paths, python=sys.executable, program=program)
        entries = [(name, stat.S_IFDIR | 0o755, b"") for name in ("bin", "dev", "host", "modules", "proc", "sys")]
        entries.append(("init", stat.S_IFREG | 0o755, init.encode()))
        entries.append(("bin/busybox", stat.S_IFREG | 0o755, (self.folder / "busybox").read_bytes()))
        for name in self.modules:
            entries.append(
                (f"modules/{name}.ko", stat.S_IFREG | 0o644, (self.folder / "modules" / f"{name}.ko").read_bytes())
            )
        return _archive(entries)


def cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kiosk-lab" / "kernel"


def find() -> Kernel | None:
    """The kernel fetched earlier, if any."""
    order = cache_folder() / "order"
    return Kernel(cache_folder(), tuple(order.read_text(encoding="ascii").split())) if order.exists() else None


def fetch() -> Kernel:
    """Download and unpack it: 71 MB over the network, 75 MB in the cache. Raises NoKernel."""
    if platform.machine() != "x86_64":
        raise NoKernel("only for x86_64: the machine runs this computer's own Python")
    folder = cache_folder()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        work = Path(name)
        for package in (_kernel_package(), BUSYBOX_PACKAGE):
            _run(work, "apt-get", "download", "-q", package)
        for package_file in work.glob("*.deb"):
            _run(work, "dpkg-deb", "-x", package_file.name, "tree")
        made = work / "kernel"
        (made / "modules").mkdir(parents=True)
        shutil.copyfile(work / "tree/bin/busybox", made / "busybox")
        packed = next((work / "tree/boot").glob("vmlinuz-*")).read_bytes()
        (made / "linux").write_bytes(_unpacked(packed))
        there = {path.stem.replace("-", "_"): path for path in (work / "tree").rglob("*.ko")}
        order = _in_order(MODULES, there)
        for module in order:
            shutil.copyfile(there[module], made / "modules" / f"{module}.ko")
        (made / "order").write_text("\n".join(order), encoding="ascii")
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)
    return Kernel(folder, order)


def _kernel_package() -> str:
    """The package the meta package stands for today."""
    told = _run(Path.cwd(), "apt-cache", "depends", META_PACKAGE)
    match = re.search(r"Depends: (linux-image-\S+)", told)
    if match is None:
        raise NoKernel(f"apt knows no {META_PACKAGE}; apt-get update, or this is not Debian")
    return match[1]


def _run(folder: Path, *command: str) -> str:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except OSError as error:
        raise NoKernel(f"{command[0]}: {error.strerror}") from error
    if done.returncode:
        raise NoKernel(f"{' '.join(command)}: {done.stderr.strip()[-300:]}")
    return done.stdout


def _unpacked(image: bytes) -> bytes:
    """The kernel without its wrapping, which an emulated processor takes seconds to undo; as it is when that fails."""
    start = image.find(_XZ)
    if start < 0:
        return image
    return lzma.LZMADecompressor().decompress(image[start:])


def _in_order(names: Iterable[str], there: dict[str, Path]) -> tuple[str, ...]:
    """The modules with all they need, each after what it needs. One that is not there is built in."""
    order: dict[str, None] = {}

    def add(name: str) -> None:
        path = there.get(name.replace("-", "_"))
        if path is None or path.stem.replace("-", "_") in order:
            return
        match = _DEPENDS.search(path.read_bytes())
        for needed in match[1].decode("ascii").split(",") if match else []:
            add(needed)
        order[path.stem.replace("-", "_")] = None

    for name in names:
        add(name)
    return tuple(order)


def _archive(entries: Iterable[tuple[str, int, bytes]]) -> bytes:
    """A cpio archive of the kind the kernel unpacks ("newc")."""
    whole = bytearray()
    for number, (name, mode, data) in enumerate([*entries, ("TRAILER!!!", 0, b"")]):
        encoded = name.encode() + b"\0"
        fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(encoded), 0)
        whole += b"070701" + b"".join(b"%08X" % field for field in fields) + encoded
        whole += b"\0" * (-len(whole) % 4)
        whole += data
        whole += b"\0" * (-len(whole) % 4)
    return bytes(whole)
