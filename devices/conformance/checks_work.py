"""The device's main function: done, answered, called off, ended, and nothing of it left lying about."""

from __future__ import annotations

import gc
import os
import threading
import time
from pathlib import Path

from devices.conformance.check import Check, Effort
from devices.conformance.checks_life import port_is_free
from devices.conformance.field import PLUG, UNPLUG, CannotDo
from devices.conformance.kind import Verdict, tag_of
from devices.conformance.running import HAND_S, STOP_S, Failed, Running, Subject
from kiosk.domain.devices import Health, StatusChanged


def works(subject: Subject, _effort: Effort) -> str:
    """What the device is there for, twice, and each event with the session or job it belongs to."""
    with Running(subject) as running:
        for _ in range(2):
            tag = running.must_work("")
            results = sum(
                tag_of(event) == tag and running.verdict(event) is Verdict.RIGHT
                for event in running.since_and_soon(0.3)
            )
            if results > 1:
                raise Failed(f"one order was answered by {results} results")
            strange = {tag_of(event) for event in running.since()} - running.ordered - {None}
            if strange:
                raise Failed(f"an event is marked as {strange.pop()}, which nobody ordered")
    return ""


def keeps_for_nobody(subject: Subject, _effort: Effort) -> str:
    """What one resident put before it is no result for the next: with nothing there, a new order gets nothing."""
    kind = subject.kind
    if not (kind.standing and kind.offer and kind.withdraw is not None):
        raise CannotDo("nothing is put before this device for one order that could reach the next")
    with Running(subject) as running:
        running.must_work("")
        if not subject.field.emulated and not all(subject.field.can(deed) for deed in kind.clear):
            raise CannotDo("nobody can say that nothing lies there any more")
        if kind.notices_s:
            running.quiet(kind.notices_s)
        running.mark()
        running.order()
        running.quiet(1.5)
        running.withdraw()
        if any(running.verdict(event) in (Verdict.RIGHT, Verdict.WRONG) for event in running.since()):
            raise Failed("with nothing before it, the next session was given a result: that of the one before")
    return ""


def refuses_the_unfit(subject: Subject, _effort: Effort) -> str:
    """What must not be taken is not taken."""
    kind = subject.kind
    done: list[str] = []
    with Running(subject) as running:
        for unfit in kind.unfit:
            if not all(subject.field.can(deed) for deed in unfit.offer):
                continue
            running.await_online()
            running.act(*kind.clear)
            running.mark()
            tag = running.order() if kind.standing else ""
            if kind.standing:
                running.await_event(lambda _event: False, HAND_S)
            try:
                running.act(*unfit.offer)
            except CannotDo:  # this emulator knows the word, but not this use of it
                running.withdraw()
                continue
            tag = tag or running.order()
            event = running.await_event(lambda event: running.verdict(event) is not None, kind.time_s)
            told = running.verdict(event) if event is not None else None
            running.withdraw()
            running.act(*unfit.clear)
            if told in (Verdict.RIGHT, Verdict.WRONG):
                raise Failed(f"it {'took' if kind.standing else 'reported as done'} {unfit.what}")
            if told is None:
                raise Failed(f"{unfit.what} was met with silence")
            running.settle()
            if event is not None and tag_of(event) not in (None, tag):
                raise Failed(f"the refusal of {unfit.what} belongs to another session")
            done.append(unfit.what)
        if not done:
            raise CannotDo("nothing unfit can be offered here")
        running.must_work(f"after {done[-1]}")
    return ", ".join(done)


def answers_while_out(subject: Subject, _effort: Effort) -> str:
    """An order while the device is out is answered at once by its event; what may wait is done when it is back."""
    kind = subject.kind
    if kind.refusal is None:
        raise CannotDo("nothing can be ordered of this device that would have to be refused")
    with Running(subject) as running:
        running.act(UNPLUG)
        try:
            running.await_status(lambda status: status.health is Health.NO_DEVICE, 15.0, "not noDevice")
            running.mark()
            tag = running.order()
            event = running.await_event(kind.refusal, 2.0)
        finally:
            running.act(PLUG)
        if event is None or tag_of(event) != tag:
            raise Failed("an order while it is out was not answered within 2 s")
        running.await_online()
        if kind.standing:
            running.act(*kind.clear, *kind.offer)
            if running.await_result(tag) is not Verdict.RIGHT:
                raise Failed("what was ordered while it was out was forgotten when it came back")
            running.withdraw()
            running.act(*kind.clear)
        else:
            running.must_work("after an outage")
    return ""


def obeys(subject: Subject, _effort: Effort) -> str:
    """Called off, it does not go on: it is free for other things within 2 s and gives no result any more."""
    kind = subject.kind
    with Running(subject) as running:
        if kind.withdraw is None:
            raise CannotDo("its orders cannot be called off")
        running.act(*kind.clear)
        if not kind.standing:
            running.order()
            running.withdraw()
            running.await_online(kind.time_s)
            return ""
        running.order()
        running.quiet(0.4)
        running.withdraw()
        report, seconds = running.self_test()
        if seconds > STOP_S + 1.0 or not report.ok:
            raise Failed(f"called off, it was free again after {seconds:.1f} s ({report.detail})")
        running.mark()
        running.act(*kind.offer)
        running.quiet(1.0)
        if any(running.verdict(event) is Verdict.RIGHT for event in running.since()) and kind.seen is None:
            raise Failed("called off, it gave a result all the same")
        running.act(*kind.clear)
    return ""


def stops(subject: Subject, _effort: Effort) -> str:
    """Told to end in the middle of its work it is gone within 2 s, says nothing more, and the port is free."""
    with Running(subject) as running:
        running.act(*subject.kind.clear)
        running.order()
        running.quiet(0.3)
        seconds = running.stop()
        running.mark()
        alive = [thread.name for thread in threading.enumerate() if thread.name == f"device-{subject.spec.device}"]
        if seconds > STOP_S or alive:
            raise Failed(f"told to end, it took more than {min(seconds, STOP_S):.1f} s")
        told = running.quiet(0.5)
        if told:
            raise Failed(f"after its end it still said {type(told[0]).__name__}")
        if subject.field.emulated and not port_is_free(subject):
            raise Failed("after its end it still holds the port")
    with Running(subject):
        return f"{seconds:.2f} s"


def leaves_nothing(subject: Subject, _effort: Effort) -> str:
    """After its end no thread, no process and no open file is left."""
    _use(subject)  # what a first use keeps for good (libraries, the random source) is no leak
    before = _left()
    for _ in range(2):
        _use(subject)
    deadline = time.monotonic() + 3.0
    while (left := _left() - before) and time.monotonic() < deadline:
        time.sleep(0.05)
    if left:
        raise Failed(f"left behind: {', '.join(sorted(left)[:4])}")
    return ""


def _use(subject: Subject) -> None:
    with Running(subject) as running:
        running.self_test()
        running.order()
        running.quiet(0.3)
        running.withdraw()


def _left() -> set[str]:
    gc.collect()
    threads = {f"thread {thread.name} {thread.ident}" for thread in threading.enumerate()}
    children: set[str] = set()
    files: set[str] = set()
    for file in Path("/proc/self/task").glob("*/children"):
        children |= {f"process {pid}" for pid in _read(file).split()}
    for link in Path("/proc/self/fd").iterdir():
        try:
            files.add(f"file {link.name} {os.readlink(link)}")
        except OSError:
            continue  # the one that listed the folder
    return threads | children | files


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii")
    except OSError:
        return ""


def keeps_secrets(subject: Subject, _effort: Effort) -> str:
    """Nothing of a person in a log line or in the repr of an event, in good days and bad ones."""
    kind = subject.kind
    with Running(subject) as running:
        running.mark()
        running.must_work("")
        for unfit in kind.unfit:
            if kind.standing and all(subject.field.can(deed) for deed in unfit.offer):
                running.order()
                running.act(*unfit.offer)
                running.await_event(lambda event: running.verdict(event) is not None, 3.0)
                running.withdraw()
                running.act(*unfit.clear, *kind.clear)
        if kind.standing:
            running.act(*kind.clear)
            running.order()
            running.act(*kind.offer)
            running.quiet(0.2)
            if subject.field.can(UNPLUG) and subject.field.emulated:
                running.act(UNPLUG, PLUG)
                running.await_online()
            running.withdraw()
            running.act(*kind.clear)
        lines = [text for _, text in running.ear.lines]
        shown = [repr(event) for event in running.events] + [
            repr(event.status) for event in running.events if isinstance(event, StatusChanged)
        ]
    forms = [form for secret in kind.secrets for form in _forms(secret)]
    for where, texts in (("a log line", lines), ("the repr of an event", shown)):
        if any(form in text for text in texts for form in forms):
            raise Failed(f"{where} holds what a resident put before it")
    return f"{len(lines)} log lines"


def _forms(secret: str) -> list[str]:
    """A text as it may show itself in a log: plain, quoted, and as the bytes of the usual encodings in hex."""
    forms = [secret, repr(secret)[1:-1], ascii(secret)[1:-1]]
    for encoding in ("utf-8", "gb18030", "utf-16-le"):
        data = secret.encode(encoding)
        forms += [data.hex(), data.hex(" "), repr(data)[2:-1]]
    return [form for form in forms if len(form.encode()) >= 4]


CHECKS = (
    Check("works", "does what it is there for", works),
    Check("next", "gives nobody what was for the one before", keeps_for_nobody),
    Check("unfit", "refuses what must not be taken", refuses_the_unfit),
    Check("while_out", "answers an order while it is out", answers_while_out),
    Check("cancel", "obeys when it is called off", obeys),
    Check("stop", "ends when it is told to, and says nothing more", stops),
    Check("leak", "leaves no thread, process or open file behind", leaves_nothing),
    Check("privacy", "keeps what is personal out of log and repr", keeps_secrets),
)
