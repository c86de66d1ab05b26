"""A small honest tus 1.0 server whose line can be cut anywhere; `/v1/files/` of a scripted centre."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field

from tests.central_api.scripted_server import Handler, ScriptedCentre, cut


@dataclass
class Upload:
    length: int
    sha256: str
    data: bytearray = field(default_factory=bytearray)


class Files:
    """Answers all of `/v1/files/` of a centre; `cuts` are how many bytes of each coming PATCH arrive (None: all)."""

    def __init__(self, centre: ScriptedCentre) -> None:
        self.uploads: dict[str, Upload] = {}
        self.files: dict[str, bytes] = {}
        self.cuts: list[int | None] = []
        self.asked: list[str] = []
        self.received = 0
        self.centre = centre
        centre.early = self.early

    def forget(self) -> None:
        """Give all half-sent files up."""
        self.uploads.clear()

    def early(self, request: Handler) -> bool:
        if not request.path.startswith("/v1/files/"):
            return False
        self.asked.append(request.command)
        assert request.headers["Tus-Resumable"] == "1.0.0"
        if request.command == "POST":
            self._create(request)
            return True
        upload = self.uploads.get(request.path)
        if upload is None:
            self._answer(request, 404)
        elif request.command == "HEAD":
            self._answer(request, 200, Upload_Offset=len(upload.data), Upload_Length=upload.length)
        elif request.headers["Upload-Offset"] != str(len(upload.data)):
            self._answer(request, 409)
        else:
            self._take(request, upload)
        return True

    def _create(self, request: Handler) -> None:
        pairs = [pair.split(" ") for pair in request.headers["Upload-Metadata"].split(",")]
        metadata = {name: base64.b64decode(value).decode() for name, value in pairs}
        if metadata["filename"] in self.files:
            self._answer(request, 200)
            return
        path = f"/v1/files/u{len(self.asked)}"
        self.uploads[path] = Upload(int(request.headers["Upload-Length"]), metadata["filename"])
        self._answer(request, 201, Location=path)

    def _take(self, request: Handler, upload: Upload) -> None:
        length = int(request.headers["Content-Length"])
        stop = self.cuts.pop(0) if self.cuts else None
        data = request.rfile.read(length if stop is None else min(stop, length))
        self.received += len(data)
        upload.data += data
        done = len(upload.data) == upload.length
        if done:
            assert hashlib.sha256(upload.data).hexdigest() == upload.sha256
            self.files[upload.sha256] = bytes(upload.data)
            self.centre.missing.discard(upload.sha256)
            del self.uploads[request.path]
        if stop is not None:
            cut(request)
        else:
            self._answer(request, 204, Upload_Offset=len(upload.data))

    def _answer(self, request: Handler, status: int, **headers: object) -> None:
        request.send_response(status)
        for name, value in {"Tus-Resumable": "1.0.0", **headers}.items():
            request.send_header(name.replace("_", "-"), str(value))
        if status != 204:
            request.send_header("Content-Length", "0")
        request.end_headers()
