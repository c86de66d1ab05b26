"""The power of a machine is cut at any moment, and everything it had said is durable has to be there afterwards.

One trial is one kill of the emulator 0.2 to 2.5 s after its store acknowledged the first case. What the disk's cache
held is lost but for a random part. The machine then boots from what is left and goes on, so that recovery is cut short
as well. Of every run some more cuts are made afterwards, at random places among the writes its disk saw.

Each disk is looked at twice, by the store itself inside the machine: as the next start finds it, and once more with the
database overwritten, when all that is unsent has to come out of the envelopes.

The control takes away, turn by turn: every fsync of the program; and the honesty of the disk, which says that it has
flushed and has not. Each of them has to lose something. The sync of the database's log alone may be missing: what was
told lies in its envelope.
"""

from __future__ import annotations

import mmap
import random
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.lab.experiment import Harm, Measure, Outcome, Size
from bench.lab.power import guest, kernel
from bench.lab.power.disk import CachedDisk, copy
from bench.lab.power.ledger import Judgement, Ledger, judge
from bench.lab.power.machine import EMULATOR, Heard, Machine, Silence
from devices.lab.bench import LabProblem
from kiosk.app.options import ROOT

DISK_MB = 128
CUTS_OF_A_DISK = 5  # then a new one: an emulated machine takes its time to open thousands of envelopes
LATER_CUTS = 3  # made of each run besides the real one
BOOT_S = 180.0
BOOTS = 3  # an emulated machine on a busy computer does not always come up
UNPROTECTED = {
    "fsync": "without any fsync",
    "lying disk": "on a disk that lies about its flushes",
}
MAKE_FILE_SYSTEM = ("mke2fs", "-q", "-F", "-t", "ext4", "-E", "lazy_itable_init=0,lazy_journal_init=0")


@dataclass(frozen=True, slots=True)
class _Cut:
    """A disk after a cut, what had been told by then, and what was missing of the protection."""

    disk: Path
    told: Ledger
    protection: str


@dataclass(slots=True)
class _Tally:
    harm: Harm = field(default_factory=Harm)
    by_protection: dict[str, Counter[str]] = field(default_factory=dict)
    cuts: Counter[str] = field(default_factory=Counter)
    told: list[int] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    examined: int = 0

    def add(self, protection: str, judgement: Judgement) -> None:
        more = judgement.harm
        self.examined += 1
        self.harm = Harm(
            self.harm.lost + more.lost, self.harm.duplicated + more.duplicated, self.harm.corrupt + more.corrupt
        )
        self.by_protection.setdefault(protection, Counter()).update(judgement.gone)
        self.cuts[protection] += 1


class PowerCuts:
    """The experiment `power`."""

    name = "power"
    title = "The power of a whole machine is cut"
    rows = "F1 N3"
    trials: Mapping[Size, int] = {"small": len(UNPROTECTED), "full": 30}
    slow = True

    def cannot(self) -> str | None:
        """Why it cannot run on this machine; None when it can."""
        for program, package in ((EMULATOR, "qemu-system-x86"), (MAKE_FILE_SYSTEM[0], "e2fsprogs")):
            if _program(program) is None:
                return f"{program} is missing: apt-get install {package}"
        if kernel.find() is None:
            return (
                "no kernel for the virtual machine: `.venv/bin/python -m bench.lab.power` has apt download Debian's,"
                f" 71 MB, into {kernel.cache_folder()}; nothing is installed"
            )
        return None

    def prepare(self) -> None:
        """Fetch the kernel. Raises LabProblem."""
        if kernel.find() is None:
            try:
                print("lab: fetching the kernel of the virtual machine", flush=True)
                kernel.fetch()
            except kernel.NoKernel as problem:
                raise LabProblem(f"power: {problem}") from problem

    def run(self, trials: int, folder: Path, *, control: bool) -> Outcome:
        """Cut the power `trials` times. With `control` something is missing of the protection each time."""
        linux = kernel.find()
        if linux is None:
            raise kernel.NoKernel(self.cannot())
        began = time.monotonic()
        initramfs = folder / "initramfs"
        initramfs.write_bytes(linux.initramfs(guest.__name__, ROOT))
        lab = _Lab(linux.image, initramfs, folder, random.Random(random.getrandbits(64)))
        tally = _Tally()
        try:
            _cut_again_and_again(lab, trials, control, tally)
        except Silence as silence:
            tally.problems.append(str(silence))
        if control:
            for protection, words in tuple(UNPROTECTED.items())[:trials]:
                if not tally.by_protection.get(protection):
                    tally.problems.append(f"{words} nothing is lost")
        return _outcome(tally, time.monotonic() - began)


@dataclass(frozen=True, slots=True)
class _Lab:
    linux: Path
    initramfs: Path
    folder: Path
    dice: random.Random

    def machine(self, live: CachedDisk | None, others: list[_Cut]) -> Machine:
        """One that has come up and not looked at any disk yet. Raises Silence when none does."""
        for _ in range(BOOTS):
            machine = Machine(self.linux, self.initramfs, self.folder / "console", live, [cut.disk for cut in others])
            try:
                machine.hear(BOOT_S)
                return machine
            except Silence as silence:
                machine.cut()
                why = silence
        raise why

    def new_disk(self) -> Path:
        disk = self.folder / "medium"
        disk.unlink(missing_ok=True)
        with disk.open("wb") as file:
            file.truncate(DISK_MB << 20)
        subprocess.run([_program(MAKE_FILE_SYSTEM[0]) or "", *MAKE_FILE_SYSTEM[1:], disk], check=True)
        return disk


def _cut_again_and_again(lab: _Lab, trials: int, control: bool, tally: _Tally) -> None:
    medium, told = lab.new_disk(), Ledger()
    waiting: list[_Cut] = []
    for trial in range(trials):
        protection = tuple(UNPROTECTED)[trial % len(UNPROTECTED)] if control else "all"
        if control or (trial and trial % CUTS_OF_A_DISK == 0):
            medium, told = lab.new_disk(), Ledger()
        disk = CachedDisk(medium, lies=protection == "lying disk")
        heard = _one_run(lab, disk, waiting, trial, protection, tally)
        waiting = list(_cuts(lab, disk, told, heard, protection))
        told = waiting[0].told
        tally.told.append(sum(len(each.message[1]) for each in heard if each.message[0] == "saved"))
        if not control and (found := _plain_text(waiting[0].disk)):
            tally.problems.append(found)
        disk.close()
        copy(waiting[0].disk, medium)
    with lab.machine(None, waiting) as machine:
        machine.say([len(waiting), False, 0, 0, "all"])
        _judge_all(machine, waiting, tally)


def _one_run(
    lab: _Lab, disk: CachedDisk, waiting: list[_Cut], trial: int, protection: str, tally: _Tally
) -> list[Heard]:
    """One life of the machine, from power on to power off: what it said of its own disk."""
    with lab.machine(disk, waiting) as machine:
        lacking = protection if protection == "fsync" else "all"
        machine.say([len(waiting), True, 1 + trial * 1_000_000, trial, lacking])
        _judge_all(machine, waiting, tally)
        opened = machine.hear(BOOT_S)
        heard = [machine.hear(BOOT_S)]
        heard += machine.hear_for(lab.dice.uniform(0.2, 2.5))
        heard += machine.cut()
    for each in (opened, *heard):
        if each.message[0] in ("failed", "done", "problem"):
            # A store that refuses cases cannot lose them: a full disk must not look like success.
            tally.problems.append(f"the machine had stopped before its power did: {each.message}")
    if opened.message[1]:
        tally.problems.append("a database was damaged on the disk the machine went on with")
    if not any(each.message[0] == "saved" for each in heard):
        tally.problems.append("nothing was acknowledged before a cut")
    return heard


def _cuts(lab: _Lab, disk: CachedDisk, told: Ledger, heard: list[Heard], protection: str) -> Iterator[_Cut]:
    """The real cut first, then some of the others there could have been."""
    whole = len(disk.entries)
    for number, place in enumerate([whole, *(lab.dice.randrange(whole + 1) for _ in range(LATER_CUTS))]):
        target = lab.folder / f"cut-{number}"
        disk.cut(place, target, lab.dice)
        yield _Cut(target, told.after(heard, place), protection)


def _judge_all(machine: Machine, cuts: list[_Cut], tally: _Tally) -> None:
    for cut in cuts:
        kind, _, report = machine.hear(BOOT_S).message
        if kind != "examined":
            raise Silence(f"{kind} instead of what a disk holds")
        tally.add(cut.protection, judge(cut.told, report))


def _plain_text(disk: Path) -> str | None:
    """A case that can be read on the disk by anybody, in whatever file or journal."""
    with disk.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as whole:
        place = whole.find(guest.COMPLAINT.encode())
    return None if place < 0 else f"a case lies readable on the disk at byte {place}"


def _program(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")


def _outcome(tally: _Tally, seconds: float) -> Outcome:
    kills = len(tally.told)
    notes = []
    for protection, gone in sorted(tally.by_protection.items()):
        words = ", ".join(f"{count} {kind}" for kind, count in sorted(gone.items())) or "nothing"
        how = UNPROTECTED.get(protection, "with all protection")
        notes.append(f"{how}: {words} lost or damaged on {tally.cuts[protection]} disks after a cut")
    notes.append(
        "not shown: file systems other than ext4, a disk that damages what it had flushed, two cores in earnest"
    )
    return Outcome(
        trials=kills,
        harm=tally.harm,
        measures=(
            Measure("acknowledged before a cut", sum(tally.told) / max(kills, 1), "cases", samples=tuple(tally.told)),
            Measure("a cut takes", seconds / max(kills, 1), "s"),
        ),
        counts={"emulator killed": kills, "disks looked at": tally.examined},
        notes=tuple(notes),
        problems=tuple(tally.problems),
    )
