"""A camera as code scanner: `/dev/videoN` or a network camera, looked through by a child process.

Pictures are taken only while a code is wanted, and at the connection and the self-test; none of them reaches this
process. A code is believed when two pictures agree (`devices.camera.agreement`), and is then treated as a serial
scanner's: same encodings, same refusals.
"""

from __future__ import annotations

import time

from devices.camera.agreement import Agreement
from devices.camera.binding import camera_options, camera_source
from devices.camera.host import CameraHost, Source
from devices.camera.messages import BadMessage, Message
from devices.codecs.scanner import clean_payload
from devices.drivers.base import Request, ScanCode, Served, Work
from devices.drivers.camera import CameraDriver
from devices.spec import DriverSpec, Options
from kiosk.domain.devices import CODE_SCANNER, CodeRefusal, CodeRefused, CodeScanned

_SAME_CODE_S = 1.5


class CameraScanner(CameraDriver):
    """Driver `camera-scanner`."""

    driver = "camera-scanner"

    def __init__(self, source: Source) -> None:
        super().__init__(source, CameraHost("codes", source))

    def serve(self, request: Request, work: Work) -> Served:
        """See Driver."""
        if not isinstance(request, ScanCode):
            return Served(done=True)
        return self._look({}, work, _Scan(request.session, work).take)


class _Scan:
    """What was seen of codes in one scan."""

    def __init__(self, session: str, work: Work) -> None:
        self._session = session
        self._work = work
        self._agreement = Agreement()
        self._refused: tuple[bytes, float] | None = None

    def take(self, said: str, message: Message) -> bool:
        """True once a code that can be used was seen twice."""
        match said:
            case "opened":  # by the first child, or by its replacement, which counts from one again
                self._agreement = Agreement()
                return False
            case "codes":
                code = self._agreement.add(int(message.number("picture")), _codes(message))
                return code is not None and self._judge(code)
            case _:
                raise BadMessage("say")

    def _judge(self, code: bytes) -> bool:
        text = clean_payload(code)
        if not isinstance(text, CodeRefusal):
            self._work.emit(CodeScanned(self._session, text.encode()))
            return True
        now = time.monotonic()
        if self._refused is None or self._refused[0] != code or now - self._refused[1] > _SAME_CODE_S:
            self._work.emit(CodeRefused(self._session, text))
        self._refused = (code, now)  # held up on and on it is refused once
        return False


def _codes(message: Message) -> list[bytes]:
    listed = message.head.get("hex")
    if not isinstance(listed, list):
        raise BadMessage("hex")
    try:
        return [bytes.fromhex(each) for each in listed]
    except (TypeError, ValueError) as error:
        raise BadMessage("hex") from error


def _make(options: Options) -> CameraScanner:
    return CameraScanner(camera_source(options))


SPEC = DriverSpec(
    "camera-scanner",
    CODE_SCANNER,
    camera_options(1280, 720),
    _make,
    one_of=("port", "url"),
    about="A camera that reads QR codes; its pictures are looked at in a process of their own and never kept.",
    page="docs/devices/camera_scanner.md",
)
