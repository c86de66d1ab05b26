"""The program as it is started: one line when it listens, a clean end, clear refusals."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from central.app import ROOT


@contextmanager
def started(state: Path, *more: str) -> Iterator[tuple[subprocess.Popen[str], str, int]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "central", "--listen", "127.0.0.1:0", "--state", str(state), *more],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        assert line.startswith("ready http://127.0.0.1:"), process.communicate(timeout=5)
        yield process, line, int(line.rsplit(":", 1)[1])
    finally:
        process.kill()
        process.communicate(timeout=10)


def health(port: int) -> dict[str, object]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/health")
    found: dict[str, object] = json.loads(connection.getresponse().read())
    connection.close()
    return found


def test_first_start_fills_ten_thousand_residents_and_sigterm_ends_with_zero(tmp_path: Path) -> None:
    with started(tmp_path / "state", "--demo") as (process, _, port):
        found = health(port)
        assert found["residents"] == 10_000 + len(json.loads((ROOT / "config/demo/people.json").read_text())["people"])
        assert int(str(found["licence_types"])) >= 229
        assert found["package_errors"] == 0
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        rest, errors = process.communicate()
        assert (rest, errors) == ("", "")
    keys = tmp_path / "state" / "citizen-keys.json"
    assert stat.S_IMODE(os.stat(keys).st_mode) == 0o600


def test_second_start_keeps_residents_and_keys(tmp_path: Path) -> None:
    def shape() -> tuple[object, ...]:
        with sqlite3.connect(tmp_path / "central.sqlite") as database:
            rows = database.execute("SELECT number, name, handle FROM residents ORDER BY number").fetchall()
        return (rows, (tmp_path / "citizen-keys.json").read_bytes())

    with started(tmp_path, "--residents", "40") as (process, _, _):
        process.terminate()
        process.wait(10)
    first = shape()
    with started(tmp_path, "--residents", "40") as (process, _, _):
        process.terminate()
        process.wait(10)
    assert shape() == first


def test_address_in_use_is_said_plainly_with_exit_two(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = run("--listen", address, "--state", str(tmp_path))
    assert done.returncode == 2
    assert address in done.stderr


def test_unreadable_listen_address_is_a_usage_error(tmp_path: Path) -> None:
    done = run("--listen", "nowhere", "--state", str(tmp_path))
    assert done.returncode == 2
    assert "HOST:PORT" in done.stderr


def test_state_folder_that_is_a_file_ends_with_six(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("--listen", "127.0.0.1:0", "--state", str(tmp_path / "file"))
    assert done.returncode == 6
    assert "cannot start" in done.stderr


def test_broken_package_is_named_and_the_centre_starts(tmp_path: Path) -> None:
    (tmp_path / "services" / "odd").mkdir(parents=True)
    (tmp_path / "services" / "odd" / "package.json").write_text("{")
    process = subprocess.Popen(
        [sys.executable, "-m", "central", "--listen", "127.0.0.1:0", "--state", str(tmp_path / "s"),
         "--packages", str(tmp_path / "services"), "--residents", "5"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline().startswith("ready ")
    process.terminate()
    _, errors = process.communicate(timeout=10)
    assert "package refused: odd/package.json: line 1" in errors


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "central", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )
