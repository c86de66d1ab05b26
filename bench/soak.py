"""Weeks of residents in one process: does anything grow?

`./run bench soak [--sessions N]`: varied visits on the real screens, with emulated devices and a real centre, and with
faults among them: the centre away, paper out, a card lifted too early, people who leave and people who are gone. What
the process holds is looked at between visits, when nobody is there.
"""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import gc
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median_low

from bench.timing import Figure
from kiosk.app.launcher_child import MEMORY
from kiosk.app.options import ROOT

SESSIONS = 2000
LOOK_EVERY = 20
WARM_SHARE = 0.1  # of the sessions, and at most WARM: by then everything has been used once
WARM = 200
SEED = 20261122
DRAIN_S = 120.0
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
WAL_MOST_MB = 16.0
PIN = "271828"
SETTINGS = ("session.idle_s=8", "session.warn_s=2", "centre.submit_wait_s=1", "centre.total_timeout_s=3")

_START = '{ wait_screen = "attract", timeout_s = 60 }, { touch = "action.start" },'
_TO_CARD = f"""
    {_START}
    {{ touch = "language.zh-Hans" }},
    {{ touch = "everyday.guide" }},
    {{ open = "item.social-insurance-certificate" }},
    {{ touch = "action.next" }},
    {{ touch = "consent.privacy" }},
    {{ touch = "consent.record_query" }},
    {{ touch = "action.next" }},
    {{ wait_screen = "identify" }},
"""
_CARD = f"""
    {_TO_CARD}
    {{ device = {{ device = "id_card", do = "place", card = "lin" }} }},
    {{ wait_screen = "form", timeout_s = 20 }},
    {{ device = {{ device = "id_card", do = "lift" }} }},
    {{ touch = "action.next" }},
    {{ wait_screen = "review" }},
    {{ touch = "action.next" }},
    {{ wait_screen = "result", timeout_s = 20 }},
"""
_RECEIPT = """
    { touch = "action.next" },
    { wait_screen = "receipt" },
    { touch = "action.next", timeout_s = 20 },
"""
_COMPLAINT = f"""
    {_START}
    {{ touch = "language.en" }},
    {{ touch = "everyday.complaint" }},
    {{ touch = "action.next" }},
    {{ touch = "consent.privacy" }},
    {{ touch = "action.next" }},
    {{ touch = "choice.complaint.kind.complaint" }},
    {{ touch = "action.next" }},
    {{ touch = "choice.complaint.category.road" }},
    {{ touch = "action.next" }},
    {{ type = {{ field = "complaint.text", text = "Lamp" }} }},
    {{ touch = "action.next" }},
    {{ touch = "choice.place.district.nanan" }},
    {{ touch = "action.next" }},
    {{ touch = "action.next" }},
    {{ touch = "choice.contact.callback.no" }},
    {{ touch = "action.next" }},
    {{ wait_screen = "review" }},
    {{ touch = "action.next" }},
    {{ wait_screen = "result", timeout_s = 20 }},
"""
_CORNER = '{ touch = "staff.corner" },' * 5

#: Words of a story, and how many of a hundred visits are of that kind.
KINDS: Mapping[str, tuple[int, str]] = {
    "certificate": (26, _CARD + _RECEIPT),
    "complaint": (24, _COMPLAINT + _RECEIPT),
    "left in the middle": (
        12,
        f'{_START} {{ touch = "language.zh-Hans" }}, {{ touch = "everyday.complaint" }}, {{ touch = "action.next" }},'
        '{ touch = "consent.privacy" }, { touch = "action.next" }, { touch = "choice.complaint.kind.complaint" },'
        '{ touch = "action.next" }, { touch = "choice.complaint.category.road" }, { touch = "action.next" },'
        '{ touch = "action.exit" }, { touch = "action.stay" },',
    ),
    "another language": (
        8,
        f'{_START} {{ touch = "language.en" }}, {{ touch = "action.language" }}, {{ touch = "everyday.guide" }},'
        '{ open = "item.residence-permit-renewal" }, { touch = "action.next" }, { touch = "action.language" },'
        '{ touch = "choice.scenario.permit.valid" }, { touch = "action.next" },',
    ),
    "citizen code": (
        6,
        f'{_TO_CARD} {{ touch = "method.citizen_qr" }},'
        '{ device = { device = "code_scanner", do = "show", citizen = "lin" } },'
        '{ wait_screen = "form", timeout_s = 20 }, { touch = "action.next" }, { wait_screen = "review" },',
    ),
    "card lifted early": (
        5,
        f'{_TO_CARD} {{ device = {{ device = "id_card", do = "delay", seconds = 0.3 }} }},'
        '{ device = { device = "id_card", do = "place", card = "lin" } },'
        '{ expect = { log_event = "card.present" }, timeout_s = 20 },'
        '{ device = { device = "id_card", do = "lift" } },'
        '{ expect = { text = "拿得早了一点" }, timeout_s = 20 },'
        '{ device = { device = "id_card", do = "delay", seconds = 0 } },',
    ),
    "paper out": (
        5,
        f'{_COMPLAINT} {{ device = {{ device = "receipt_printer", do = "paper_out" }} }}, {{ touch = "action.next" }},'
        '{ wait_screen = "receipt" }, { expect = { control = "action.reprint" }, timeout_s = 30 },'
        '{ device = { device = "receipt_printer", do = "paper_in" } },',
    ),
    "centre away": (5, f'{{ centre = "down" }}, {_COMPLAINT} {_RECEIPT} {{ centre = "up" }},'),
    "centre is a login page": (4, f'{{ centre = "garbage" }}, {_COMPLAINT} {_RECEIPT} {{ centre = "up" }},'),
    "gone": (
        3,
        f'{_START} {{ touch = "language.zh-Hans" }}, {{ touch = "everyday.complaint" }}, {{ touch = "action.next" }},'
        '{ wait_screen = "idle", timeout_s = 20 }, { wait_screen = "attract", timeout_s = 30 },',
    ),
    "staff": (
        2,
        f'{{ wait_screen = "attract", timeout_s = 60 }}, {_CORNER} {{ wait_screen = "staff_pin" }},'
        + "".join(f'{{ touch = "key.{digit}" }},' for digit in PIN)
        + '{ touch = "action.next" }, { wait_screen = "diagnostics", timeout_s = 20 }, { touch = "action.done" },',
    ),
}
#: What ends the faults of a visit that broke off; each is refused where there is nothing to end.
MENDED = (
    '{ centre = "up" },',
    '{ device = { device = "receipt_printer", do = "paper_in" } },',
    '{ device = { device = "id_card", do = "delay", seconds = 0 } },',
    '{ device = { device = "id_card", do = "lift" } },',
)


@dataclass(slots=True)
class Look:
    """What the process holds, with nobody there. `rss_mb` is resident, `held_mb` is what was asked of malloc."""

    session: int
    rss_mb: float
    held_mb: float
    threads: int
    files: int
    objects: int
    wal_mb: float
    logs_mb: float


@dataclass(slots=True)
class Soaked:
    """A whole run."""

    looks: list[Look] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    """Visits that could not be followed to their end, and why: on a busy machine a page may come too late."""
    seconds: float = 0.0
    committed: int = 0
    lost: int = 0
    doubled: int = 0

    @property
    def rest(self) -> list[Look]:
        """The looks once everything had been used. The first is what memory is held to."""
        warm = min(WARM, int(self.looks[-1].session * WARM_SHARE))
        return [look for look in self.looks if look.session >= warm]

    @property
    def quarters(self) -> tuple[list[Look], list[Look]]:
        """The first quarter of `rest` and the last."""
        count = max(1, len(self.rest) // 4)
        return self.rest[:count], self.rest[-count:]


def figures(sessions: int, folder: Path) -> Iterator[Figure]:
    """For `./run bench soak`. The terminal runs in a process of its own, in the terminal's memory environment."""
    environment = os.environ | MEMORY | {"QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-m", "bench.soak", str(folder.absolute()), str(sessions)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit("bench: the soak broke off")
    told = json.loads(done.stdout.splitlines()[-1])
    soaked = Soaked([Look(**look) for look in told.pop("looks")], Counter(told.pop("kinds")), **told)
    yield from figures_of(soaked)


def figures_of(soaked: Soaked) -> Iterator[Figure]:
    """What grew, beside what it grew from."""
    looks, rest = soaked.looks, soaked.rest
    sessions, first, last = looks[-1].session, rest[0], rest[-1]
    largest = max(rest, key=lambda look: look.rss_mb)
    yield Figure(
        "memory grew at most",
        (largest.rss_mb / first.rss_mb - 1) * 100,
        "%",
        note=f"{first.rss_mb:.1f} MB at session {first.session}, {largest.rss_mb:.1f} at {largest.session},"
        f" {last.rss_mb:.1f} at {last.session}",
    )
    yield Figure(
        "memory in use grew", last.held_mb - first.held_mb, "MB", note=f"{first.held_mb:.1f} to {last.held_mb:.1f} MB"
    )
    before, after = soaked.quarters
    for name in ("threads", "files", "objects"):
        # A look may fall into a call to the centre or a tidying: a leak moves what is there most of the time.
        first_part, last_part = (median_low(getattr(look, name) for look in part) for part in (before, after))
        yield Figure(
            f"{name} grew", last_part - first_part, "", note=f"{first_part} to {last_part}, the median of each"
        )
    yield Figure("largest write-ahead log", max(look.wal_mb for look in looks), "MB", note=f"target < {WAL_MOST_MB:g}")
    yield Figure("largest log folder", max(look.logs_mb for look in looks), "MB")
    yield Figure("acknowledged cases lost", soaked.lost, "", note=f"of {soaked.committed}")
    yield Figure("cases doubled", soaked.doubled, "", note=f"of {soaked.committed}")
    yield Figure("visits broken off", len(soaked.broken), "", note="; ".join(soaked.broken[:3]))
    words = ", ".join(f"{count} {kind}" for kind, count in soaked.kinds.most_common())
    yield Figure("a session", soaked.seconds / sessions, "s", note=words)


class _Mallinfo(ctypes.Structure):
    """`struct mallinfo2` of glibc."""

    _fields_ = [(name, ctypes.c_size_t) for name in "arena ordblks smblks hblks hblkhd usm fsm uord ford keep".split()]


def held_bytes() -> int:
    """What malloc has handed out and not got back."""
    mallinfo2 = ctypes.CDLL(None).mallinfo2
    mallinfo2.restype = _Mallinfo
    info = mallinfo2()
    return int(info.uord + info.hblkhd)


def main(arguments: list[str]) -> int:
    """The terminal that is soaked: `python -m bench.soak FOLDER SESSIONS`; the last line it prints is JSON."""
    from PySide6.QtCore import QObject
    from PySide6.QtWidgets import QApplication

    from bench.lab.centres import held_in
    from bench.visits import Visitor, act, story
    from kiosk.app.story.player import Failed, Wait
    from kiosk.services.staff import hash_pin
    from offline_cache.pin_file import PinFile

    folder, sessions = Path(arguments[0]), int(arguments[1])
    dice = random.Random(SEED)
    stories = {kind: story(words, kind) for kind, (_, words) in KINDS.items()}
    mended = [story(words, "mended") for words in MENDED]
    soaked = Soaked()

    def qobjects() -> int:
        application = QApplication.instance()
        roots: list[QObject] = [*QApplication.topLevelWidgets(), *([application] if application is not None else [])]
        return sum(1 + len(root.findChildren(QObject)) for root in roots)

    def look(session: int) -> Look:
        gc.collect()
        state = folder / "state"
        return Look(
            session,
            int(Path("/proc/self/statm").read_text("ascii").split()[1]) * PAGE_BYTES / 2**20,
            held_bytes() / 2**20,
            len(os.listdir("/proc/self/task")),
            len(os.listdir("/proc/self/fd")),
            qobjects(),
            sum(file.stat().st_size for file in state.glob("**/*-wal")) / 2**20,
            sum(file.stat().st_size for file in (state / "log").glob("*")) / 2**20,
        )

    def script(visitor: Visitor) -> Wait:
        visitor.hurry()
        began = time.monotonic()
        for session in range(1, sessions + 1):
            kind = dice.choices(list(KINDS), [share for share, _ in KINDS.values()])[0]
            soaked.kinds[kind] += 1
            try:
                yield from visitor.visit(stories[kind])
            except Failed as failed:
                soaked.broken.append(f"{session}: {failed}")
                print(f"session {session} broke off: {failed}", file=sys.stderr, flush=True)
                for each in mended:
                    with contextlib.suppress(Failed):
                        yield from visitor.visit(each)
            yield from visitor.leave()
            if session % LOOK_EVERY == 0 or session == sessions:
                soaked.looks.append(look(session))
                now = soaked.looks[-1]
                words = ", ".join(f"{name} {value:.4g}" for name, value in dataclasses.asdict(now).items())
                print(words, file=sys.stderr, flush=True)
        soaked.seconds = time.monotonic() - began
        store = visitor.terminal.store
        visitor.terminal.sync.wake()

        def unsent() -> str | None:
            queue = store.outbox().result()
            return "not all is sent" if queue.waiting + queue.sending else None

        yield from visitor.until(unsent, DRAIN_S, "the queue is not empty")
        rows = store.cases().result()
        held = held_in(visitor.stage.work / "centre" / "central.sqlite")
        soaked.committed = len(rows)
        soaked.lost = sum(1 for row in rows if not held[row.case_id])
        soaked.doubled = sum(1 for row in rows if held[row.case_id] > 1)

    (folder / "state").mkdir(parents=True, exist_ok=True)
    PinFile(folder / "state").set_pin_hash(hash_pin(PIN))
    act(script, folder, SETTINGS)
    assert threading.active_count() == 1, threading.enumerate()
    told = {each.name: getattr(soaked, each.name) for each in dataclasses.fields(soaked)}
    print(json.dumps(told | {"looks": [dataclasses.asdict(each) for each in soaked.looks]}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
