"""Declaration and life: present, absent, held by another, at rest, proving itself."""

from __future__ import annotations

import fcntl
import os
import re
import termios
from pathlib import Path

from devices.conformance.check import Check, Effort
from devices.conformance.field import PLUG, UNPLUG, CannotDo
from devices.conformance.running import Failed, Running, Subject
from devices.spec import DriverSpec
from kiosk.domain.devices import DEVICE_NAMES, Health, StatusChanged
from kiosk.ports.devices import DeviceBinding

_ROOT = Path(__file__).resolve().parents[2]
_PARTS = (
    "driver",
    "idle_every_s",
    "probe_every_s",
    "model",
    "present",
    "connect",
    "probe",
    "idle",
    "serve",
    "self_test",
    "close",
)
_SELF_TEST_S = 10.0


def declares(subject: Subject, _effort: Effort) -> str:
    """The SPEC says what it must, its options are checked, and making a driver opens nothing."""
    spec = subject.spec
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", spec.driver):
        raise Failed(f"the name {spec.driver!r} is not lower-case words with hyphens")
    if spec.device not in DEVICE_NAMES:
        raise Failed(f"there is no device {spec.device!r}")
    if not spec.about.strip():
        raise Failed("SPEC.about does not say what it drives")
    _page(spec)
    for key, option in spec.options.items():
        if not option.about.strip():
            raise Failed(f"option {key} does not say what it means")
        if option.default is not None and (wrong := option.problem(option.default)) is not None:
            raise Failed(f"option {key}: its own default {wrong}")
    if missing := set(spec.one_of) - set(spec.options):
        raise Failed(f"one_of names options that do not exist: {', '.join(sorted(missing))}")
    registry = subject.registry()
    if (problem := registry.check(DeviceBinding(spec.device, spec.driver, subject.bound))) is not None:
        raise Failed(f"these options are refused: {problem.key} {problem.reason}")
    if registry.check(DeviceBinding(spec.device, spec.driver, {**subject.bound, "no_such_option": 1})) is None:
        raise Failed("an option nobody declared is accepted")
    driver = spec.make(spec.filled(subject.bound))
    lacking = [part for part in _PARTS if not hasattr(driver, part)]
    if lacking:
        raise Failed(f"the driver has no {', '.join(lacking)}")
    if driver.driver != spec.driver:
        raise Failed(f"the driver calls itself {driver.driver!r}, its SPEC {spec.driver!r}")
    if not (driver.idle_every_s > 0 and driver.probe_every_s > 0):
        raise Failed("idle_every_s and probe_every_s must be above 0")
    driver.close()
    driver.close()  # twice does no harm
    return ""


def _page(spec: DriverSpec) -> None:
    if not spec.page.strip():
        raise Failed("SPEC.page names no page that explains the device's words")
    if "://" not in spec.page and spec.page.startswith("docs/") and not (_ROOT / spec.page).is_file():
        raise Failed(f"there is no page {spec.page}")


def comes_online(subject: Subject, _effort: Effort) -> str:
    """Connected, it is online and says what it is."""
    with Running(subject) as running:
        if not running.status.model.strip():
            raise Failed("it is online and does not say what model it is")
        return running.status.model


def rests(subject: Subject, _effort: Effort) -> str:
    """At rest it publishes nothing."""
    with Running(subject) as running:
        running.quiet(0.3)  # what came up with the connection has settled
        driver = subject.spec.make(subject.spec.filled(subject.bound))
        seconds = max(1.0, 4 * driver.idle_every_s, min(1.2 * driver.probe_every_s, 3.0))
        told = [event for event in running.quiet(seconds) if isinstance(event, StatusChanged)]
        if told:
            raise Failed(f"at rest it published {len(told)} statuses in {seconds:.1f} s, last {told[-1].status.detail}")
    return ""


def proves_itself(subject: Subject, _effort: Effort) -> str:
    """The self-test says yes when all is well, within 10 s."""
    with Running(subject) as running:
        report, seconds = running.self_test()
        if not report.ok:
            raise Failed(f"all is well and the self-test says no: {report.detail}")
        if seconds > _SELF_TEST_S:
            raise Failed(f"the self-test took {seconds:.1f} s")
        if not report.detail.strip():
            raise Failed("the self-test says nothing of what it found")
        return f"{seconds:.2f} s"


def proves_sick(subject: Subject, _effort: Effort) -> str:
    """The self-test says no when the device is sick or gone."""
    with Running(subject) as running:
        for deed, cure in subject.kind.sick:
            if not subject.field.can(deed):
                continue
            running.act(deed)
            report, _ = running.self_test()
            running.act(*cure)
            if report.ok:
                raise Failed(f"after {deed.do} the self-test says that all is well")
            running.await_online()
        running.act(UNPLUG)
        report, _ = running.self_test()
        running.act(PLUG)
        if report.ok:
            raise Failed("unplugged, the self-test says that all is well")
        running.await_online()
    return ""


def starts_without(subject: Subject, _effort: Effort) -> str:
    """Not there at the start it is noDevice, and comes when it is plugged in."""
    subject.field.act(UNPLUG)
    plugged = False
    try:
        with Running(subject, online=False) as running:
            running.await_detail(Health.NO_DEVICE, "port_missing")
            subject.field.act(PLUG)
            plugged = True
            running.await_online()
    finally:
        if not plugged:
            subject.field.act(PLUG)
    return ""


def comes_back(subject: Subject, _effort: Effort) -> str:
    """Unplugged it is noDevice, logged once; plugged in again it is online."""
    with Running(subject) as running:
        running.mark()
        running.act(UNPLUG)
        try:
            running.await_detail(Health.NO_DEVICE, "port_missing")
            running.quiet(0.5)
        finally:
            running.act(PLUG)
        running.await_online()
        if running.ear.warnings() != 1:
            raise Failed(f"one outage was logged {running.ear.warnings()} times")
        if running.status.last_error is None:
            raise Failed("the outage is not kept as the last error")
    return ""


def shares_nothing(subject: Subject, _effort: Effort) -> str:
    """A port that somebody else holds is port_busy and stays theirs; its own it holds against others."""
    port = _port(subject)
    with _Holder(port), Running(subject, online=False) as running:
        running.await_detail(Health.OFFLINE, "port_busy")
    with Running(subject):
        if port_is_free(subject):
            raise Failed("another program could lock the port while the driver had it open")
    return ""


def port_is_free(subject: Subject) -> bool:
    """Whether another program could take the port now; what is reached by no device node always is."""
    try:
        with _Holder(_port(subject)):
            return True
    except CannotDo:
        return True
    except OSError:
        return False


class _Holder:
    """Holds a device node as another program would: TIOCEXCL where it is a tty with a driver behind it, and flock."""

    def __init__(self, port: str) -> None:
        self._fd = os.open(port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)

    def __enter__(self) -> _Holder:
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.isatty(self._fd) and not os.ttyname(self._fd).startswith("/dev/pts/"):
                fcntl.ioctl(self._fd, termios.TIOCEXCL)
        except OSError:
            os.close(self._fd)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if os.isatty(self._fd):
            fcntl.ioctl(self._fd, termios.TIOCNXCL)
        os.close(self._fd)


def _port(subject: Subject) -> str:
    for key, value in subject.bound.items():
        if subject.spec.options[key].kind == "port" and isinstance(value, str) and os.path.exists(value):
            return value
    raise CannotDo("it is reached by no device node, so there is nothing to lock")


CHECKS = (
    Check("declares", "says what it is, what it takes and where that is explained", declares),
    Check("online", "comes online and names its model", comes_online),
    Check("rest", "publishes a status only when it changes", rests),
    Check("self_test", "proves itself when all is well", proves_itself),
    Check("self_test_sick", "does not prove itself when it is sick", proves_sick),
    Check("absent", "starts without the device, and takes it when it comes", starts_without),
    Check("unplug", "is lost and comes back, with one line in the log", comes_back),
    Check("exclusive", "takes no port from others and gives none away", shares_nothing),
)
