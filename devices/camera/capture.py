"""A camera opened by OpenCV: a V4L2 device by its path, or a network camera by its address. Runs in the child."""

from __future__ import annotations

import os
import socket
import urllib.parse
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from devices.errors import BadAnswer, NoAnswer, PortDenied, PortLost, PortMissing

os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "2")  # seconds; must be set before the import
os.environ.setdefault(
    "OPENCV_FFMPEG_CAPTURE_OPTIONS", "analyzeduration;0|probesize;64|fflags;nobuffer|rw_timeout;2500000"
)
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
os.environ.setdefault("OPENCV_LOG_LEVEL", "OFF")

import cv2

if TYPE_CHECKING:
    from devices.camera.task import Picture

_OPEN_MS, _READ_MS = 3000, 2500
_MAX_PIXELS = 24_000_000
_PORTS = {"http": 80, "https": 443, "rtsp": 554}

cv2.setNumThreads(1)  # two cores belong to the screens too


class Capture:
    """An open camera. `source` is a device path or an address; `width`, `height`, `fps` are wishes to a V4L2 camera."""

    def __init__(self, order: Mapping[str, Any]) -> None:
        source = str(order["source"])
        self._source = source
        scheme = urllib.parse.urlsplit(source).scheme
        self._network = scheme in _PORTS
        if self._network:
            _reach(source)
            limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _OPEN_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, _READ_MS]
            self._capture = cv2.VideoCapture(source, cv2.CAP_FFMPEG, limits)
        else:
            if not os.path.exists(source):
                raise PortMissing(source)
            if not os.access(source, os.R_OK | os.W_OK):
                raise PortDenied(source)
            self._capture = cv2.VideoCapture(os.path.realpath(source), cv2.CAP_V4L2)
            # MJPG first: raw pictures of this size do not go through USB 2 at a useful rate.
            self._capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
            self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, float(order["width"]))
            self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, float(order["height"]))
            self._capture.set(cv2.CAP_PROP_FPS, float(order["fps"]))
            self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1.0)
        if not self._capture.isOpened():
            self.close()
            raise NoAnswer(source)

    def read(self) -> Picture:
        """The next picture. Raises PortLost when the camera is gone, NoAnswer when it says nothing, BadAnswer."""
        ok, picture = self._capture.read()
        if not ok or picture is None:
            if self._network:
                _reach(self._source)
            elif not os.path.exists(self._source):
                raise PortLost(self._source)
            raise NoAnswer(self._source)
        if picture.ndim != 3 or picture.shape[2] != 3 or picture.shape[0] * picture.shape[1] > _MAX_PIXELS:
            raise BadAnswer(self._source)
        return picture  # type: ignore[return-value]

    def close(self) -> None:
        """Let the camera go; its light goes out."""
        self._capture.release()


def _reach(address: str) -> None:
    """Make sure that somebody listens there: OpenCV does not say why it cannot open a thing."""
    parts = urllib.parse.urlsplit(address)
    try:
        port = parts.port or _PORTS[parts.scheme]
        socket.create_connection((parts.hostname or "", port), timeout=2.0).close()
    except (OSError, ValueError) as error:
        raise PortMissing(address) from error
