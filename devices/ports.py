"""What is plugged in that a driver could use, each by the name that stays the same after a reboot."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Sort = Literal["serial", "video", "printer"]

_STABLE: tuple[tuple[Sort, str], ...] = (("serial", "serial/by-path"), ("video", "v4l/by-path"))
_PLAIN: tuple[tuple[Sort, str], ...] = (
    ("serial", "ttyUSB[0-9]*"),
    ("serial", "ttyACM[0-9]*"),
    ("serial", "ttyS[0-9]*"),
    ("video", "video[0-9]*"),
    ("printer", "usb/lp[0-9]*"),
    ("printer", "lp[0-9]*"),
)


@dataclass(frozen=True, slots=True)
class FoundPort:
    """A device node: `name` for the settings, `node` what it is now."""

    sort: Sort
    name: str
    node: str


def found_ports(dev: Path = Path("/dev"), sys_class: Path = Path("/sys/class")) -> tuple[FoundPort, ...]:
    """Every port, stable names first. A serial port on the board is named only when there is a chip behind it."""
    found: list[FoundPort] = []
    for sort, folder in _STABLE:
        for link in sorted((dev / folder).glob("*")):
            found.append(FoundPort(sort, str(link), str(link.resolve())))
    named = {port.node for port in found}
    for sort, pattern in _PLAIN:
        for node in sorted(dev.glob(pattern)):
            if str(node) not in named and (not node.name.startswith("ttyS") or _has_chip(node.name, sys_class)):
                found.append(FoundPort(sort, str(node), str(node)))
    return tuple(found)


def _has_chip(name: str, sys_class: Path) -> bool:
    """The kernel makes ttyS0 to ttyS31 in any case; type 0 is a place without a chip."""
    try:
        return (sys_class / "tty" / name / "type").read_text(encoding="ascii").strip() not in ("", "0")
    except OSError:
        return False
