"""Our UPS driver on NUT's own server, with its dummy UPS whose mains a file switches."""

from __future__ import annotations

import os
from pathlib import Path

from devices.lab.bench import Report, Watch, program, running, until
from devices.lab.ipp_everywhere import free_port, listens
from kiosk.domain.devices import UPS, Power, PowerChanged

NAME = "nut"
ABOUT = "our UPS driver on NUT's server with its dummy UPS"
_UPS = "kiosk"
# Where distributions put the programs themselves: their `upsd` on the path may be a script that asks /etc/nut first.
_PLACES = ("/lib/nut", "/usr/lib/nut", "/usr/libexec/nut")


def _write(file: Path, status: str, charge: int) -> None:
    fresh = file.with_name(f".{file.name}")
    fresh.write_text(
        f"device.mfr: Lab\ndevice.model: Dummy\nups.status: {status}\nbattery.charge: {charge}\nbattery.runtime: 900\n",
        encoding="ascii",
    )
    fresh.replace(file)


def _nut(name: str) -> str:
    found = (path for place in _PLACES if (path := Path(place) / name).exists())
    return str(next(found, None) or program(name))


def play(report: Report, folder: Path) -> None:
    """See devices.lab."""
    port, device = free_port(), folder / "kiosk.dev"
    _write(device, "OL", 100)
    (folder / "ups.conf").write_text(
        f"maxretry = 1\n[{_UPS}]\n  driver = dummy-ups\n  port = {device}\n  mode = dummy-once\n  pollinterval = 1\n",
        encoding="ascii",
    )
    (folder / "upsd.conf").write_text(f"LISTEN 127.0.0.1 {port}\nMAXAGE 10\n", encoding="ascii")
    (folder / "upsd.users").write_text("", encoding="ascii")
    for file in ("upsd.conf", "upsd.users"):
        (folder / file).chmod(0o600)
    places = {"NUT_CONFPATH": str(folder), "NUT_STATEPATH": str(folder), "NUT_ALTPIDPATH": str(folder)}
    user = ["-u", "root"] if os.geteuid() == 0 else []
    driver = [_nut("dummy-ups"), "-a", _UPS, "-F", *user]
    server = [_nut("upsd"), "-F", *user]
    socket = folder / f"dummy-ups-{_UPS}"
    with (
        running("dummy-ups", driver, folder, socket.exists, places),
        running("upsd", server, folder, lambda: listens(port), places),
    ):
        _watch(report, port, device)


def _watch(report: Report, port: int, device: Path) -> None:
    with Watch(UPS, "nut", {"tcp": f"127.0.0.1:{port}", "ups": _UPS}) as watch:
        status = watch.status("ok")
        report.check("it is online and says what it is", status is not None, status.model if status else "")
        test = watch.hub.self_test(UPS)
        report.check("the self-test passes", test.ok, test.detail)
        for words, charge, power in (
            ("OB DISCHRG", 80, Power.BATTERY),
            ("OB DISCHRG LB", 12, Power.BATTERY_LOW),
            ("OL CHRG", 40, Power.MAINS),
        ):
            _write(device, words, charge)
            event = watch.wait(PowerChanged, lambda each, power=power: each.power is power)  # type: ignore[misc]
            report.check(f"{words}: the power is {power}", event is not None, watch.now().detail)
        ended = until(lambda: watch.now().usable)
        report.check("with the mains back all is well", ended, watch.now().detail)
