"""What a running terminal says of itself to another process."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kiosk.app import exits
from kiosk.app.cli import main
from kiosk.app.report import table, verdict
from kiosk.app.status import FILE, forget_status, read_status, write_whole
from offline_cache.lock import StateLock


def device(scale: int, **more: object) -> dict[str, object]:
    return {
        "name": "id_card",
        "driver": "sam-serial",
        "model": None,
        "status": "online",
        "detail": "ok",
        "scale": scale,
        "last_error": None,
        "self_test": None,
        **more,
    }


def report(
    *devices: dict[str, object],
    parked: int = 0,
    intake: bool = True,
    degraded: tuple[str, ...] = (),
    fault: str | None = None,
    night: bool = True,
    paused: bool = False,
    suspicious: bool = False,
) -> dict[str, Any]:
    return {
        "schema": 1,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "running": True,
        "terminal": {"id": "YP0301", "site": "nanan", "centre": "x", "settings": None, "pid": 1},
        "versions": {},
        "devices": list(devices),
        "outbox": {"waiting": 0, "sending": 0, "parked": parked, "errands": 2, "oldest": None},
        "parked": [{"case_id": "YP0301-1", "item": "x", "reason": "form:unknown-version"}] * parked,
        "store": {"key": "credential", "degraded": list(degraded), "fault": fault, "rebuilt": 0},
        "self_test": {"at": "2026-11-22T03:37:00+00:00", "ok": night, "devices": [] if night else ["ups"], "store": 0},
        "sync": {"paused": paused, "suspicious": suspicious},
        "disk": {"free_bytes": 1, "floor_bytes": 1, "intake_open": intake, "closed_because": None},
        "clock": {"offset_s": 0.1},
    }


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (report(device(0)), exits.OK),
        (report(device(3)), exits.OK),
        (report(device(4)), exits.OK),
        (report(device(1)), exits.FAILED),
        (report(device(2)), exits.DEVICE),
        (report(device(-1)), exits.DEVICE),
        (report(device(0, self_test={"ok": False, "detail": "x", "at": None})), exits.FAILED),
        (report(device(0), parked=1), exits.FAILED),
        (report(device(0), intake=False), exits.FAILED),
        (report(device(0), degraded=("key lies beside the data",)), exits.FAILED),
        (report(device(0), fault="io"), exits.FAILED),
        (report(device(0), night=False), exits.FAILED),
        (report(device(0), paused=True), exits.FAILED),
        (report(device(0), suspicious=True), exits.FAILED),
    ],
)
def test_the_verdict_is_the_worst_that_was_found(found: dict[str, Any], code: int) -> None:
    assert verdict(found) == code


def test_a_person_reads_why_each_case_is_parked_and_what_else_is_wrong() -> None:
    told: list[str] = []
    wrong = report(device(0), parked=1, degraded=("key lies beside the data",), night=False, paused=True)
    table(wrong, told.append)
    text = "\n".join(told)
    for word in ("form:unknown-version", "errands 2", "DEGRADED", "key lies beside the data", "FAILED ups", "PAUSED"):
        assert word in text


def test_a_status_is_read_back_and_forgotten_at_the_end(tmp_path: Path) -> None:
    assert write_whole(tmp_path / FILE, report(device(0)))
    assert read_status(tmp_path) is not None
    forget_status(tmp_path)
    assert read_status(tmp_path) is None


def test_an_old_or_broken_status_is_not_believed(tmp_path: Path) -> None:
    old = report() | {"at": (datetime.now(UTC) - timedelta(minutes=2)).isoformat()}
    for text in (json.dumps(old), "{", "[]", "{}"):
        (tmp_path / FILE).write_text(text, encoding="utf-8")
        assert read_status(tmp_path) is None


def test_a_folder_that_refuses_is_no_error(tmp_path: Path) -> None:
    assert not write_whole(tmp_path / "missing" / FILE, report())


def test_diag_asks_the_terminal_that_runs_instead_of_opening_its_ports(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "kiosk.toml"
    settings.write_text('[terminal]\nstate_dir = "state"\n', encoding="utf-8")
    state = tmp_path / "state"
    state.mkdir()
    lock = StateLock(state)
    try:
        write_whole(state / FILE, report(device(2, detail="port_missing")))
        assert main(["diag", "--json", "--settings", str(settings)]) == exits.DEVICE
        assert json.loads(capsys.readouterr().out)["running"] is True
        assert main(["diag", "--settings", str(settings)]) == exits.DEVICE
        assert "故障" in capsys.readouterr().out
    finally:
        lock.release()
