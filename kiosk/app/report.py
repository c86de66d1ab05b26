"""What ``./run diag`` says, as data: the same shape from a running terminal and from a cold one."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from config.settings import Settings
from kiosk.app import exits
from kiosk.domain.devices import DeviceStatus, Scale, SelfTestReport
from kiosk.ports.storage import CaseRow, DiskSpace, OutboxSummary, StoreHealth
from kiosk.version import VERSION

if TYPE_CHECKING:
    from offline_cache import KeySource

SCHEMA = 1
PARKED_SHOWN = 20
SCALE_EN: Mapping[Scale, str] = {
    Scale.STARTING: "starting",
    Scale.NORMAL: "normal",
    Scale.WARNING: "warning",
    Scale.FAULT: "fault",
    Scale.BUSY: "busy",
    Scale.DISABLED: "not set up",
}


def utc(at: datetime | None) -> str | None:
    """UTC with a Z, whole seconds."""
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def device_entry(status: DeviceStatus, test: SelfTestReport | None) -> dict[str, Any]:
    """One device. ``status`` is the XFS4IoT word, ``scale`` the number hall staff know (-1 … 4)."""
    return {
        "name": status.name,
        "driver": status.driver or None,
        "model": status.model or None,
        "status": status.health.value,
        "detail": status.detail,
        "supply": status.supply.value,
        "scale": int(status.scale),
        "since": utc(status.at),
        "last_error": status.last_error,
        "self_test": None if test is None else {"ok": test.ok, "detail": test.detail, "at": utc(test.at)},
    }


def outbox_entry(outbox: OutboxSummary | None) -> dict[str, Any]:
    """How much waits. All zero where there is no store yet."""
    if outbox is None:
        return {"waiting": 0, "sending": 0, "parked": 0, "errands": 0, "oldest": None}
    return {
        "waiting": outbox.waiting,
        "sending": outbox.sending,
        "parked": outbox.parked,
        "errands": outbox.errands,
        "oldest": utc(outbox.oldest),
    }


def parked_entries(rows: Sequence[CaseRow]) -> list[dict[str, Any]]:
    """Of the parked cases `rows` the first, which staff have to look at, and why each is."""
    return [{"case_id": row.case_id, "item": row.item, "reason": row.reason} for row in rows[:PARKED_SHOWN]]


def store_entry(keys: KeySource, health: StoreHealth | None) -> dict[str, Any]:
    """Where the key comes from, and what is not as it should be, in plain words."""
    if health is None:
        return {"key": keys.name, "degraded": [keys.degraded] if keys.degraded else [], "fault": None, "rebuilt": 0}
    return {
        "key": health.key_source,
        "degraded": list(health.degraded),
        "fault": health.fault,
        "rebuilt": health.recovered_cases,
    }


def diagnosis(
    settings: Settings,
    devices: Sequence[dict[str, Any]],
    outbox: OutboxSummary | None,
    disk: Mapping[str, Any],
    *,
    running: bool,
    clock: Mapping[str, Any],
    store: Mapping[str, Any] | None = None,
    parked: Sequence[Mapping[str, Any]] = (),
    self_test: Mapping[str, Any] | None = None,
    sync: Mapping[str, bool] | None = None,
    sqlite: str | None = None,
) -> dict[str, Any]:
    """The whole object of ``./run diag --json``. Nothing of it is about a person."""
    versions: dict[str, Any] = versions_of()
    if sqlite is not None:
        versions["sqlite"] = sqlite
    return {
        "schema": SCHEMA,
        "at": utc(datetime.now(UTC)),
        "running": running,
        "terminal": {
            "id": settings.terminal.id,
            "site": settings.terminal.site,
            "profile": settings.terminal.profile,
            "centre": settings.centre.url,
            "settings": str(settings.source) if settings.source else None,
            "pid": None,
        },
        "versions": versions,
        "devices": list(devices),
        "outbox": outbox_entry(outbox),
        "parked": list(parked),
        "store": None if store is None else dict(store),
        "self_test": self_test,
        "sync": None if sync is None else dict(sync),
        "disk": dict(disk),
        "clock": dict(clock),
    }


def versions_of() -> dict[str, str]:
    """Program, Python and operating system."""
    return {"kiosk": VERSION, "python": platform.python_version(), "system": system()}


def system() -> str:
    """The operating system as its makers call it."""
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", sys.platform)
    except OSError:
        return sys.platform


def disk_entry(space: DiskSpace) -> dict[str, Any]:
    """Room for cases."""
    return {
        "free_bytes": space.free_bytes,
        "floor_bytes": space.floor_bytes,
        "intake_open": space.intake_open,
        "closed_because": space.closed_because,
    }


def verdict(report: Mapping[str, Any]) -> int:
    """0 all well; 3 a device that is set up does not work; 1 something else is not as it should be."""
    bound = [device for device in report["devices"] if device["scale"] != Scale.DISABLED]
    if any(device["scale"] in (Scale.FAULT, Scale.STARTING) for device in bound):
        return exits.DEVICE
    tests = [device["self_test"] for device in bound]
    worn = any(device["scale"] == Scale.WARNING for device in bound)
    if worn or any(test is not None and not test["ok"] for test in tests):
        return exits.FAILED
    if report["outbox"]["parked"] or not report["disk"]["intake_open"]:
        return exits.FAILED
    store, night, sync = (report.get(name) or {} for name in ("store", "self_test", "sync"))
    if store.get("degraded") or store.get("fault") or night.get("ok") is False or any(sync.values()):
        return exits.FAILED
    return exits.OK


def table(report: Mapping[str, Any], say: Callable[[str], None]) -> None:
    """The same for people."""
    terminal, outbox, disk = report["terminal"], report["outbox"], report["disk"]
    running = "running / 运行中" if report["running"] else "not running / 未运行"
    say(f"terminal  {terminal['id']} · {terminal['site']} · {running}")
    say(f"centre    {terminal['centre']}")
    say(f"settings  {terminal['settings']}")
    say(f"versions  {' · '.join(f'{name} {value}' for name, value in report['versions'].items())}")
    say("")
    say(f"{'device':<16} {'state':<22} {'detail':<18} {'model':<26} {'last error':<16} self-test")
    for device in report["devices"]:
        scale = Scale(device["scale"])
        state = f"{scale.zh} {SCALE_EN[scale]}"
        test = device["self_test"]
        told = "–" if test is None else f"{'ok' if test['ok'] else 'FAILED'} {test['detail']}"
        model = " ".join(filter(None, (device["driver"], device["model"]))) or "–"
        error = device["last_error"] or "–"
        say(f"{device['name']:<16} {state:<22} {device['detail']:<18} {model:<26} {error:<16} {told}")
    for device in report["devices"]:
        if device["scale"] in (Scale.FAULT, Scale.DISABLED):
            todo = "what to do" if device["scale"] == Scale.FAULT else "how to set it up"
            say(f"→ {device['name']}: {todo} stands in docs/devices/{device['name']}.md")
    say("")
    say(
        f"outbox    waiting {outbox['waiting']} · parked {outbox['parked']} · errands {outbox.get('errands', 0)} · "
        f"oldest {outbox['oldest'] or '–'}"
    )
    for case in report.get("parked") or ():
        say(f"  parked  {case['case_id']} {case['item']}: {case['reason']}")
    for line in _standing(report):
        say(line)
    intake = "open" if disk["intake_open"] else f"closed: {disk['closed_because']}"
    say(
        f"disk      {_megabytes(disk['free_bytes'])} free, intake closes at {_megabytes(disk['floor_bytes'])}; {intake}"
    )
    offset = report["clock"].get("offset_s")
    say(f"clock     {report['at']}" + ("" if offset is None else f", {offset:+.1f} s from the centre's"))


def _standing(report: Mapping[str, Any]) -> Iterator[str]:
    """Key, self-test and link: said when there is something to say."""
    if store := report.get("store"):
        words = [*store["degraded"], *filter(None, (store["fault"],))]
        told = f"DEGRADED / 降级: {', '.join(words)}" if words else "well"
        yield f"store     key from {store['key']}; {told}"
    if night := report.get("self_test"):
        wrong = [*night["devices"], *([f"{night['store']} problems in the store"] if night["store"] else [])]
        yield f"self-test {night['at']}: {'well' if night['ok'] else 'FAILED ' + ', '.join(wrong)}"
    if (sync := report.get("sync")) and sync["paused"]:
        yield "sending   PAUSED: the centre does not take this terminal's certificate / 已暂停"
    if sync and sync["suspicious"]:
        yield "sending   something between here and the centre answers in its place / 网关可疑"


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"
