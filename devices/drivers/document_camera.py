"""A document camera (高拍仪): `/dev/videoN` or a network camera, looked through by a child process.

Pictures are taken only while a page is wanted, and at the connection and the self-test. The child finds the page, says
what is in its way and hands over the finished page; beside that, only small pictures for the screen come here. When
the page is taken or no longer wanted the child is ended at once with all it has seen.
"""

from __future__ import annotations

from collections.abc import Mapping

from devices.camera.binding import camera_options, camera_source
from devices.camera.host import CameraHost, Measured, Source
from devices.camera.messages import BadMessage, Message
from devices.drivers.base import CapturePage, Request, Served, Work
from devices.drivers.camera import CameraDriver
from devices.spec import DriverSpec, Options, OptionSpec
from kiosk.domain.captured_document import MAX_CAPTURED_BYTES, CapturedDocument
from kiosk.domain.devices import (
    DOCUMENT_CAMERA,
    CaptureAdvice,
    CaptureFailed,
    CaptureStage,
    CaptureUpdate,
    DocumentCaptured,
)

#: A4 at fewer pixels than this has under 120 dpi, and small print on it cannot be read.
LEAST_SIDES_PX = (1400, 1000)

_MAX_SIDE_PX = 20_000


class DocumentCamera(CameraDriver):
    """Driver `uvc-document-camera`."""

    driver = "uvc-document-camera"
    frozen_s = 5.0

    def __init__(self, source: Source, *, dpi: int, cap_bytes: int, colour: bool) -> None:
        # The page is the largest thing that comes; small pictures are far below.
        super().__init__(source, CameraHost("page", source, max_blob_bytes=max(cap_bytes, 200_000)))
        self._settings: Mapping[str, int | bool] = {"dpi": dpi, "cap_bytes": cap_bytes, "colour": colour}
        self._cap = cap_bytes

    def serve(self, request: Request, work: Work) -> Served:
        """See Driver."""
        if not isinstance(request, CapturePage):
            return Served(done=True)
        return self._look(self._settings, work, lambda said, message: self._take(request.session, work, said, message))

    def _lacking(self, measured: Measured) -> str:
        sides = (max(measured.width_px, measured.height_px), min(measured.width_px, measured.height_px))
        return "low_resolution" if sides[0] < LEAST_SIDES_PX[0] or sides[1] < LEAST_SIDES_PX[1] else ""

    def _take(self, session: str, work: Work, said: str, message: Message) -> bool:
        match said:
            case "opened":
                work.emit(CaptureUpdate(session, CaptureStage.LOOKING))
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
