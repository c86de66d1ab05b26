"""A document camera (高拍仪): `/dev/videoN` or a network camera, looked through by a child process.

Pictures are taken only while a page is wanted, and at the connection and the self-test. The child finds the page, says
what is in its way and hands over the finished page; beside that, only small pictures for the screen come here. When
the page is taken or no longer wanted the child is ended at once with all it has seen.
"""

from __future__ import annotations

from collections.abc import Mapping

from devices.camera.binding import camera_name, camera_options, camera_source, judge, reach
from devices.camera.host import CameraHost, Seen, Source
from devices.camera.messages import BadMessage, Message
from devices.drivers.base import ONLINE, CapturePage, Condition, Request, Served, Work
from devices.errors import BadAnswer, PictureFrozen, PortMissing
from devices.spec import DriverSpec, Options, OptionSpec
from kiosk.domain.captured_document import MAX_CAPTURED_BYTES, CapturedDocument
from kiosk.domain.devices import (
    DOCUMENT_CAMERA,
    CaptureAdvice,
    CaptureFailed,
    CaptureStage,
    CaptureUpdate,
    DocumentCaptured,
    Health,
)

#: A4 at fewer pixels than this has under 120 dpi, and small print on it cannot be read.
LEAST_SIDES_PX = (1400, 1000)

_DARK = Condition(Health.ONLINE, detail="dark")
_LISTEN_S = 0.1
_FROZEN_S = 5.0
_MAX_SIDE_PX = 20_000


class DocumentCamera:
    """Driver `uvc-document-camera`."""

    driver = "uvc-document-camera"
    idle_every_s = 1.0
    probe_every_s = 3.0

    def __init__(self, source: Source, *, dpi: int, cap_bytes: int, colour: bool) -> None:
        self._source = source
        self._settings: Mapping[str, int | bool] = {"dpi": dpi, "cap_bytes": cap_bytes, "colour": colour}
        self._cap = cap_bytes
        # The page is the largest thing that comes; small pictures are far below.
        self._host = CameraHost("page", source, max_blob_bytes=max(cap_bytes, 200_000))
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
        """See Driver: pictures arrive, fast enough, large enough for A4, and are not black."""
        measured = self._host.measure(frames=12)
        ok, facts = judge(measured, self._host.restarts)
        self._condition = _condition(dark=measured.seen.dark)
        sides = (max(measured.width_px, measured.height_px), min(measured.width_px, measured.height_px))
        if ok and (sides[0] < LEAST_SIDES_PX[0] or sides[1] < LEAST_SIDES_PX[1]):
            return False, f"low_resolution: {facts}"
        return ok, facts

    def close(self) -> None:
        """See Driver."""
        self._host.close()

    def serve(self, request: Request, work: Work) -> Served:
        """See Driver."""
        if not isinstance(request, CapturePage):
            return Served(done=True)
        self._host.watch(self._settings)
        done = self._look(request.session, work)
        self._host.retire()  # what the child knew of this resident goes with it
        return Served(done=done)

    def _look(self, session: str, work: Work) -> bool:
        was_dark = False
        while not work.stopped():
            message = self._host.next(_LISTEN_S)
            if message is None:
                continue
            try:
                match message.head.get("say"):
                    case "opened":
                        work.emit(CaptureUpdate(session, CaptureStage.LOOKING))
                    case "seen":
                        seen = Seen.of(message)
                        if seen.still_s >= _FROZEN_S:
                            raise PictureFrozen(self._source.where)
                        self._condition = _condition(dark=seen.dark and was_dark)  # not for one picture's sake
                        work.report(self._condition)
                        was_dark = seen.dark
                    case "view":
                        work.emit(_view(session, message))
                    case "page":
                        work.emit(DocumentCaptured(session, _page(message, self._cap)))
                        return True
                    case "too_large":
                        work.emit(CaptureFailed(session, "too_large"))
                        return True
                    case _:
                        raise BadMessage("say")
            except BadMessage as error:
                raise BadAnswer(self._source.where) from error
        return False


def _view(session: str, message: Message) -> CaptureUpdate:
    advice = message.head.get("advice")
    try:
        return CaptureUpdate(
            session,
            CaptureStage(message.text("stage")),
            None if advice is None else CaptureAdvice(message.text("advice")),
            message.blob,
        )
    except ValueError as error:
        raise BadMessage("view") from error


def _page(message: Message, cap_bytes: int) -> CapturedDocument:
    width, height = int(message.number("width")), int(message.number("height"))
    jpeg = message.blob
    if not (0 < width <= _MAX_SIDE_PX and 0 < height <= _MAX_SIDE_PX and len(jpeg) <= cap_bytes):
        raise BadMessage("page")
    if not (jpeg.startswith(b"\xff\xd8\xff") and jpeg.endswith(b"\xff\xd9")):
        raise BadMessage("page")
    return CapturedDocument("image/jpeg", jpeg, width, height)


def _condition(*, dark: bool) -> Condition:
    return _DARK if dark else ONLINE


def _make(options: Options) -> DocumentCamera:
    return DocumentCamera(
        camera_source(options),
        dpi=int(options["dpi"]),
        cap_bytes=int(options["cap_bytes"]),
        colour=options["colour"] is True,
    )


SPEC = DriverSpec(
    "uvc-document-camera",
    DOCUMENT_CAMERA,
    {
        **camera_options(2592, 1944),
        "dpi": OptionSpec("whole", "How fine a taken page is at most.", default=200, low=120, high=300),
        "cap_bytes": OptionSpec(
            "whole",
            "What a taken page may weigh at most.",
            default=MAX_CAPTURED_BYTES,
            low=60_000,
            high=MAX_CAPTURED_BYTES,
        ),
        "colour": OptionSpec("switch", "Whether pages are kept in colour, not in grey.", default=True),
    },
    _make,
    one_of=("port", "url"),
    about="A camera over a desk that takes papers: finds the page, says what is in its way, straightens it.",
    page="docs/devices/document_camera.md",
)
