"""What every camera driver needs of a binding: its options, the camera they name, what is known without a picture."""

from __future__ import annotations

import os
import socket
import urllib.parse
from pathlib import Path

from devices.camera.host import Measured, Source
from devices.errors import PortMissing
from devices.spec import Options, OptionSpec

_SLOW_FPS = 4.0
_REACH_S = 2.0
_PORTS = {"http": 80, "https": 443, "rtsp": 554}


def judge(measured: Measured, restarts: int) -> tuple[bool, str]:
    """The outcome of a camera's self-test and the facts behind it."""
    seen = measured.seen
    facts = f"{measured.width_px}x{measured.height_px}, {seen.fps:.1f} pictures/s, brightness {seen.brightness:.0f}"
    if restarts:
        facts += f", child replaced {restarts} times"
    if seen.dark:
        return False, f"dark: {facts}"
    if seen.fps < _SLOW_FPS:
        return False, f"slow: {facts}"
    return True, facts


def camera_name(source: Source) -> str:
    """What the kernel calls a V4L2 camera; "network camera" for an address."""
    if source.is_address:
        return "network camera"
    node = os.path.basename(os.path.realpath(source.where))
    try:
        name = Path("/sys/class/video4linux", node, "name").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return "camera"
    return "".join(char for char in name if char.isprintable())[:60] or "camera"


def reach(source: Source) -> None:
    """Make sure without a picture that the camera is still there. Raises PortMissing."""
    if not source.is_address:
        if source.present() is False:
            raise PortMissing(source.where)
        return
    parts = urllib.parse.urlsplit(source.where)
    try:
        address = (parts.hostname or "", parts.port or _PORTS[parts.scheme])
        socket.create_connection(address, timeout=_REACH_S).close()
    except (OSError, ValueError) as error:
        raise PortMissing(source.where) from error


def camera_options(width_px: int, height_px: int) -> dict[str, OptionSpec]:
    """The options of every camera driver; exactly one of `port` and `url` is given."""
    return {
        "port": OptionSpec("port", "The camera, as a path.", example="/dev/v4l/by-path/…-video-index0"),
        "url": OptionSpec(
            "url",
            "Address of a network camera (motion JPEG or RTSP).",
            example="http://192.0.2.7/video.mjpg",
            schemes=("http", "https", "rtsp"),
        ),
        "width_px": OptionSpec("whole", "Width asked of a camera at `port`.", default=width_px, low=160, high=6000),
        "height_px": OptionSpec("whole", "Height asked of a camera at `port`.", default=height_px, low=120, high=4500),
        "fps": OptionSpec("whole", "Pictures a second asked of a camera at `port`.", default=15, low=1, high=60),
    }


def camera_source(options: Options) -> Source:
    """The camera of checked options."""
    where = str(options["url"] if "url" in options else options["port"])
    return Source(where, int(options["width_px"]), int(options["height_px"]), int(options["fps"]))
