"""A line that fails: silence, spoilt answers, a plug that is pulled within an answer, rubbish without end."""

from __future__ import annotations

import gc
import time
import tracemalloc

from devices.conformance.check import Check, Effort, places
from devices.conformance.field import PLUG, UNPLUG, CannotDo, Deed
from devices.conformance.kind import Verdict
from devices.conformance.running import Failed, Running, Subject
from kiosk.domain.devices import DeviceEvent, Health, Scale, StatusChanged

_MUTE = Deed("silence", {"on": True})
_SPEAK = Deed("silence", {"on": False})
_KEEP_BYTES = 1 << 20
_HAMMER_BYTES_PER_S = 4000
_ALWAYS = 1000
_OFFERS = 4
_NOTICED_S = 0.5  # by then the driver has seen that the plug was pulled


def survives_silence(subject: Subject, _effort: Effort) -> str:
    """A device that says nothing is out after a while, said once, asked now and then, and taken back."""
    field = subject.field
    if not field.can(_MUTE):
        raise CannotDo("its silence cannot be brought about here")
    with Running(subject) as running:
        running.order()
        running.self_test()
        running.withdraw()
        running.quiet(0.3)
        if not field.sent() and field.can(Deed("noise")):  # a line keeps a record of what is sent
            raise CannotDo("nothing is ever asked of this device, so its silence says nothing")
        running.mark()
        running.act(_MUTE)
        try:
            running.order()
            noticed = _await_out(running, subject.kind.time_s)
            if not noticed:
                report, _ = running.self_test()
                noticed = not report.ok
            if not noticed:
                raise Failed(f"it is asked and says nothing, and is held to be {running.status.detail}")
            out = _await_out(running, 1.0)
            status = running.status
            if out and (status.health, status.detail) != (Health.OFFLINE, "no_answer"):
                raise Failed(f"a silent device is {status.health}/{status.detail}, not offline/no_answer")
            asked = len(field.sent())
            running.quiet(1.5)
            asked_per_s = (len(field.sent()) - asked) / 1.5
            if asked_per_s > _HAMMER_BYTES_PER_S:
                raise Failed(f"a silent device is sent {asked_per_s:.0f} bytes a second")
        finally:
            running.withdraw()
            running.act(_SPEAK)
        running.settle()
        if running.ear.warnings() > 1:
            raise Failed(f"one outage was logged {running.ear.warnings()} times")
        running.no_wrong()
        running.must_work("after a silence")
    return "" if out else "only the self-test can tell"


def _await_out(running: Running, timeout_s: float) -> bool:
    def out(event: DeviceEvent) -> bool:
        return isinstance(event, StatusChanged) and event.status.scale is Scale.FAULT

    return running.await_event(out, timeout_s) is not None


def survives_garbling(subject: Subject, effort: Effort) -> str:
    """A spoilt byte anywhere in the main answer leads to no wrong result, and not to the end of the service."""
    field = subject.field
    garble = Deed("garble")
    if not field.can(garble):
        raise CannotDo("its answers cannot be spoilt here")
    with Running(subject) as running:
        running.must_work("")
        size = _longest(subject)
        marks = [at for at in places(size, effort.garbles) if at < size]
        for number, at in enumerate(marks):
            running.await_online()
            running.act(*subject.kind.clear)
            running.mark()
            running.spoilt = not subject.kind.checked
            # By turns once, so that asking again helps, and always, so that it does not.
            running.act(Deed("garble", {"count": _ALWAYS if number % 2 else 1, "at": at, "least": size}))
            tag = running.order()
            running.act(*subject.kind.offer)
            running.await_result(tag, effort.spoilt_s)
            running.withdraw()
            running.no_wrong()
            running.act(Deed("garble", {"count": 0}))
        running.settle()
        running.must_work("after spoilt answers")
    return f"{len(marks)} of {size} bytes"


def survives_the_plug(subject: Subject, effort: Effort) -> str:
    """The plug is pulled when 0, 1, 2 … bytes of the main answer have come; plugged in again, all is well."""
    field = subject.field
    if not field.can(Deed("unplug_after_bytes")):
        raise CannotDo("nobody can pull a plug between two bytes; it is checked with the emulator")
    with Running(subject) as running:
        running.must_work("")
        size = _longest(subject)
        marks = places(size, effort.cuts)
        for at in marks:
            _one_cut(running, at, size)
    return f"{len(marks)} of {size + 1} places"


def _one_cut(running: Running, at: int, size: int) -> None:
    kind, field = running.subject.kind, running.subject.field
    running.await_online()
    running.act(*kind.clear)
    running.mark()
    running.act(Deed("unplug_after_bytes", {"bytes": at, "least": size}))
    tag = running.order()
    running.act(*kind.offer)
    verdict = None
    deadline = time.monotonic() + kind.time_s
    while field.state()["plugged"]:
        verdict = running.await_result(tag, 0.02) if kind.seen is None else None
        if verdict is not None or time.monotonic() > deadline:
            break
    if field.state()["plugged"]:
        running.act(UNPLUG)
    running.act(PLUG)
    running.await_online()
    running.no_wrong()
    if verdict is Verdict.RIGHT:
        running.withdraw()
        return
    if not kind.standing and verdict is None and running.await_result(tag, kind.time_s) is None:
        raise Failed(f"unplugged after {at} bytes, the order never ended")
    if not kind.standing:
        return
    running.await_event(lambda _event: False, _NOTICED_S)
    for _ in range(_OFFERS):  # what was shown before the driver was back may be lost: a person shows it again
        running.act(*kind.offer)
        verdict = running.await_result(tag, kind.time_s / _OFFERS)
        if verdict is Verdict.RIGHT:
            break
    else:
        seen = running.seen()
        raise Failed(f"unplugged after {at} bytes and plugged in again it is {running.status.detail}, and: {seen}")
    running.withdraw()


def survives_noise(subject: Subject, _effort: Effort) -> str:
    """Rubbish on the line, at rest and while something is wanted, gives no result and does no lasting harm."""
    if not subject.field.can(Deed("noise")):
        raise CannotDo("no rubbish can be put on its line here")
    with Running(subject) as running:
        for seed in range(3):
            running.await_online(2 * subject.kind.time_s)
            running.mark()
            running.spoilt = not subject.kind.checked
            running.act(Deed("noise", {"bytes": 200, "seed": seed}))
            running.quiet(0.3)
            tag = running.order()
            running.act(Deed("noise", {"bytes": 200, "seed": 100 + seed}))
            running.await_result(tag, 1.0)
            running.no_wrong()
            running.withdraw()
        running.settle()
        running.must_work("after rubbish on the line")
    return ""


def survives_a_flood(subject: Subject, effort: Effort) -> str:
    """A device that sends without end fills no memory, stops nobody else, and is taken back when it is quiet again."""
    if not subject.field.can(Deed("flood")):
        raise CannotDo("its line cannot be flooded here")
    with Running(subject) as running:
        running.quiet(0.2)
        gc.collect()
        tracemalloc.start()
        try:
            running.mark()
            running.spoilt = not subject.kind.checked
            tag = running.order()
            running.act(Deed("flood", {"seconds": effort.flood_s}))
            running.await_result(tag, effort.flood_s + 0.5)
            gc.collect()
            kept = tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()
        flooded = int(subject.field.state().get("flooded_bytes", 0))
        if kept > _KEEP_BYTES and kept > flooded / 4:
            raise Failed(f"of a flood of {flooded} bytes it kept {kept} bytes of memory")
        running.no_wrong()
        running.settle()
        _meet_its_end(running)
        running.must_work("after a flood")
        return f"{flooded} bytes"


def _meet_its_end(running: Running) -> None:
    """A line keeps tens of kilobytes that nobody has read yet: they may cost one more order, refused and said so."""
    if running.subject.kind.standing:
        return
    running.mark()
    if running.await_result(running.order()) is Verdict.REFUSED:
        running.settle()


def _longest(subject: Subject) -> int:
    size = int(subject.field.state().get("longest_answer_bytes", 0))
    if not size:
        raise CannotDo("the emulator does not count the bytes of its answers")
    return size


CHECKS = (
    Check("silence", "sees a silent device and takes it back", survives_silence),
    Check("garbled", "makes no result of a spoilt answer", survives_garbling),
    Check("cut", "survives the plug being pulled at every byte of an answer", survives_the_plug),
    Check("noise", "survives rubbish on the line", survives_noise),
    Check("flood", "survives a flood in bounded memory", survives_a_flood),
)
