"""A camera as code scanner: `/dev/videoN` or a network camera, looked through by a child process.

Pictures are taken only while a code is wanted, and at the connection and the self-test; none of them reaches this
process. A code is believed when two pictures agree (`devices.camera.agreement`), and is then treated as a serial
scanner's: same encodings, same refusals.
"""

from __future__ import annotations

import time

from devices.camera.agreement import Agreement
from devices.camera.binding import camera_name, camera_options, camera_source, judge, reach
from devices.camera.host import CameraHost, Seen, Source
from devices.camera.messages import BadMessage, Message
from devices.codecs.scanner import clean_payload
from devices.drivers.base import ONLINE, Condition, Request, ScanCode, Served, Work
from devices.errors import BadAnswer, PictureFrozen, PortMissing
from devices.spec import DriverSpec, Options
from kiosk.domain.devices import CODE_SCANNER, CodeRefusal, CodeRefused, CodeScanned, Health

_DARK = Condition(Health.ONLINE, detail="dark")
_LISTEN_S = 0.1
_FROZEN_S = 3.0
_SAME_CODE_S = 1.5


class CameraScanner:
    """Driver `camera-scanner`."""

    driver = "camera-scanner"
    idle_every_s = 1.0
    probe_every_s = 3.0

    def __init__(self, source: Source) -> None:
        self._source = source
        self._host = CameraHost("codes", source)
        self._model = ""
        self._condition = ONLINE

    @property
    def model(self) -> str:
        """What the kernel calls the camera, and the size of its pictures."""
        return self._model

    def present(self) -> bool | None:
        """See Driver."""
        return self._source.present()

    def connect(self, *, reset: bool) -> Condition:
        """See Driver: pictures must come, and must differ from each other as a live sensor's do."""
        self._host.claim()
        measured = self._host.measure()
        self._model = f"{camera_name(self._source)} {measured.width_px}x{measured.height_px}"
        self._condition = _condition(dark=measured.seen.dark)
        return self._condition

    def probe(self) -> Condition:
        """See Driver. Whether it is still there; no picture is taken unasked."""
        reach(self._source)
        return self._condition

    def idle(self) -> Condition | None:
        """See Driver."""
        if self._source.present() is False:
            raise PortMissing(self._source.where)
        return None

    def self_test(self) -> tuple[bool, str]:
        """See Driver: pictures arrive, fast enough, and are not black."""
        return judge(self._host.measure(frames=12), self._host.restarts)

    def close(self) -> None:
        """See Driver."""
        self._host.close()

    def serve(self, request: Request, work: Work) -> Served:
        """See Driver."""
        if not isinstance(request, ScanCode):
            return Served(done=True)
        self._host.watch({})
        done = self._look(request.session, work)
        self._host.retire()  # what the child knew of this resident goes with it
        return Served(done=done)

    def _look(self, session: str, work: Work) -> bool:
        agreement = Agreement()
        refused: tuple[bytes, float] | None = None
        was_dark = False
        while not work.stopped():
            message = self._host.next(_LISTEN_S)
            if message is None:
                continue
            try:
                match message.head.get("say"):
                    case "opened":  # by the first child, or by its replacement, which counts from one again
                        agreement = Agreement()
                        continue
                    case "seen":
                        seen = Seen.of(message)
                        if seen.still_s >= _FROZEN_S:
                            raise PictureFrozen(self._source.where)
                        self._condition = _condition(dark=seen.dark and was_dark)  # not for one picture's sake
                        work.report(self._condition)
                        was_dark = seen.dark
                        continue
                    case "codes":
                        code = agreement.add(int(message.number("picture")), _codes(message))
                    case _:
                        raise BadMessage("say")
            except BadMessage as error:
                raise BadAnswer(self._source.where) from error
            if code is None:
                continue
            text = clean_payload(code)
            if not isinstance(text, CodeRefusal):
                work.emit(CodeScanned(session, text.encode()))
                return True
            now = time.monotonic()
            if refused is None or refused[0] != code or now - refused[1] > _SAME_CODE_S:
                work.emit(CodeRefused(session, text))
            refused = (code, now)  # held up on and on it is refused once
        return False


def _codes(message: Message) -> list[bytes]:
    listed = message.head.get("hex")
    if not isinstance(listed, list):
        raise BadMessage("hex")
    try:
        return [bytes.fromhex(each) for each in listed]
    except (TypeError, ValueError) as error:
        raise BadMessage("hex") from error


def _condition(*, dark: bool) -> Condition:
    return _DARK if dark else ONLINE


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
