"""The whole list of checks, and a run through it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime

from devices.conformance import checks_life, checks_line, checks_work
from devices.conformance.check import Check, Effort
from devices.conformance.field import PLUG, CannotDo, Deed, Field
from devices.conformance.kinds import KINDS
from devices.conformance.report import Line, Outcome, Report
from devices.conformance.running import Failed, NeverOnline, Subject
from devices.spec import DriverSpec, Options

CHECKS: tuple[Check, ...] = (*checks_life.CHECKS, *checks_work.CHECKS, *checks_line.CHECKS)
_FIRST = "declares"
_ONLINE = "online"


def run(
    spec: DriverSpec,
    field: Field,
    options: Options,
    *,
    version: str,
    effort: Effort,
    only: Collection[str] = (),
    tell: Callable[[Line], None] = lambda _line: None,
) -> Report:
    """Work through the checks (`only`: those ids, in order), telling each as it ends.

    `options` are those beside the address. A driver that does not declare itself rightly, or never comes online, is
    tried no further.
    """
    lines: list[Line] = []
    subject = Subject(spec, KINDS[spec.device], field, options) if spec.device in KINDS else None
    for check in CHECKS:
        if only and check.id not in only:
            continue
        began = time.monotonic()
        outcome, message, further = _one(check, subject, effort, spec)
        line = Line(check.id, check.title, outcome, message, time.monotonic() - began)
        lines.append(line)
        tell(line)
        if not further:
            break
    own = {key: value for key, value in options.items() if key in spec.options and not _address(spec, key)}
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return Report(
        spec.driver,
        spec.device,
        spec.version or version,
        "emulator" if field.emulated else "hardware",
        own,
        at,
        tuple(lines),
        version,
        effort.name,
        tuple(check.id for check in CHECKS if check.id in only),
    )


def _address(spec: DriverSpec, key: str) -> bool:
    option = spec.options[key]
    return option.secret or option.kind in ("port", "path", "tcp", "url")


def _one(check: Check, subject: Subject | None, effort: Effort, spec: DriverSpec) -> tuple[Outcome, str, bool]:
    """How it ended, what is to be said of it, and whether there is any sense in going on."""
    if subject is None:
        return Outcome.FAILED, f"there is no device {spec.device!r}", False
    try:
        if check.id != _FIRST and subject.field.emulated:
            _fresh(subject)
        return Outcome.PASSED, check.run(subject, effort), True
    except CannotDo as why:
        return Outcome.SKIPPED, str(why), True
    except NeverOnline as why:
        return Outcome.FAILED, f"{why}{_advice(subject)}", check.id != _ONLINE
    except Failed as why:
        return Outcome.FAILED, str(why), check.id != _FIRST
    except Exception as error:  # a driver, or its make, that raises what it must not
        return Outcome.FAILED, f"it raised {type(error).__name__}", check.id != _FIRST


def _advice(subject: Subject) -> str:
    """Where a person can put it right, what to look at."""
    if subject.field.emulated:
        return ""
    return ". Is it the right port and switched on? ./run devices ports shows the ports there are"


def _fresh(subject: Subject) -> None:
    """Each check begins with a device that was just switched on, whatever the one before has left."""
    field = subject.field
    for deed in (Deed("silence", {"on": False}), Deed("garble", {"count": 0}), *subject.kind.clear):
        _try(field, deed)
    _try(field, Deed("unplug"))
    _try(field, PLUG)


def _try(field: Field, deed: Deed) -> None:
    try:
        field.act(deed)
    except CannotDo:
        return  # it was not there to be cleared away
