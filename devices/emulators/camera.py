"""An emulated camera: motion JPEG over HTTP on loopback, as network cameras give it, with what it sees put before it.

`multipart/x-mixed-replace`, one JPEG a part. Every picture has its own grain, as from a real sensor, unless the camera
was told to freeze. The scanner's camera looks into a hall, the document camera down on a desk.
"""

from __future__ import annotations

import http.server
import socket
import socketserver
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from devices.emulators.camera_scene import Codes, Light, PictureFile, Sheet, Subject, draw_frames
from devices.emulators.model import Args, Refused, hex_arg, int_arg, seconds_arg, text_arg

_BOUNDARY = "picture"
_FPS = 15
_COMMON = frozenset(
    {"show_picture", "clear", "blur", "dark", "glare", "freeze", "plug", "unplug", "delay", "silence", "state"}
)
CODE_VIEW, DESK_VIEW = (1280, 720), (1920, 1440)


class CameraEmulator:
    """One camera. `url` is the same for its whole life; `act` may be called from any thread."""

    def __init__(self, name: str, *, desk: bool, size: tuple[int, int] | None = None, font_file: Path | None = None):
        self._name = name
        self._desk = desk
        self._size = size or (DESK_VIEW if desk else CODE_VIEW)
        self._font_file = font_file
        self.verbs = _COMMON | ({"place", "remove"} if desk else {"show"})
        self._changed = threading.Condition()
        self._subject: Subject = None
        self._light = Light()
        self._frozen: bytes | None = None
        self._freeze = False
        self._delay_s = 0.0
        self._silent_until = 0.0
        self._frames: list[bytes] = []
        self._next = 0
        self._watchers: set[socket.socket] = set()
        self._server: _Server | None = None
        self._port = 0
        self.plug()

    @property
    def url(self) -> str:
        """Where its pictures are."""
        return f"http://127.0.0.1:{self._port}/video.mjpg"

    def act(self, do: str, args: Args) -> dict[str, object]:
        """Carry out a control command; the facts it answers with. Raises Refused.

        All cameras: `show_picture` {"path"}, `clear`, `blur` {"px"}, `dark`, `glare`, `freeze` {"on"?}, `plug`,
        `unplug`, `delay` {"ms" | "seconds"} before each picture, `silence` {"seconds" | "on"?}, `state`.
        Scanner: `show` {"text" | "payload" | "hex" | "texts": […], "module_px"?, "angle"?, "inverted"?}.
        Document camera: `place` {"text" | "png", "angle"?, "perspective"?: 0 … 1, "cut_off"?, "glare"?, "blur"?,
        "moving"?}, `remove`.
        """
        if do not in self.verbs:
            raise Refused(f"{self._name} cannot {do!r}; it can {', '.join(sorted(self.verbs))}")
        match do:
            case "plug":
                self.plug()
            case "unplug":
                self.unplug()
            case "state":
                return {"state": self.state()}
            case "freeze":
                self._freeze = _flag(args, "on", True)
            case "delay":
                key = "ms" if "ms" in args else "seconds"
                self._delay_s = seconds_arg(args, key, 1.0) / (1000 if key == "ms" else 1)
            case "silence" if "seconds" in args:
                self._silent_until = time.monotonic() + seconds_arg(args, "seconds")
            case "silence":
                self._silent_until = float("inf") if _flag(args, "on", True) else 0.0
            case _:
                self._set_scene(*self._scene(do, args))
        return {}

    def state(self) -> dict[str, object]:
        """What a person standing before the camera would see; `light` is its lamp: somebody takes its pictures."""
        with self._changed:
            return {
                "url": self.url,
                "plugged": self._server is not None,
                "light": bool(self._watchers),
                "subject": type(self._subject).__name__.lower() if self._subject is not None else "nothing",
                "dark": self._light.dark,
                "glare": self._light.glare,
                "blur": self._light.blur_px,
                "frozen": self._freeze,
            }

    def plug(self) -> None:
        """Begin to listen, always on the same port. Raises Refused."""
        with self._changed:
            if self._server is not None:
                raise Refused("already plugged in")
            self._server = _Server(("127.0.0.1", self._port), self)
            self._port = self._server.server_address[1]
            serve = threading.Thread(
                target=self._server.serve_forever, args=(0.05,), name=f"camera-{self._name}", daemon=True
            )
            serve.start()

    def unplug(self) -> None:
        """Stop listening and cut whoever watches. Raises Refused."""
        with self._changed:
            if self._server is None:
                raise Refused("already unplugged")
            server, self._server = self._server, None
            watchers = tuple(self._watchers)
            self._changed.notify_all()
        server.shutdown()
        server.server_close()
        for watcher in watchers:
            with suppress(OSError):
                watcher.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Unplug, if it is not."""
        with suppress(Refused):
            self.unplug()

    # --- scene --------------------------------------------------------------------------------------------------

    def _scene(self, do: str, args: Args) -> tuple[Subject, Light]:
        light = self._light
        match do:
            case "clear" | "remove":
                return None, Light() if do == "clear" else replace(light, glare=False, blur_px=0.0)
            case "dark":
                return self._subject, replace(light, dark=_flag(args, "on", True))
            case "glare":
                return self._subject, replace(light, glare=_flag(args, "on", True))
            case "blur":
                return self._subject, replace(light, blur_px=seconds_arg(args, "px", 4.0))
            case "show_picture":
                return PictureFile(_file(args, "path")), light
            case "show":
                return _codes(args), light
        sheet = Sheet(
            text=text_arg(args, "text", ""),
            picture=_file(args, "png") if "png" in args else None,
            angle_deg=_number(args, "angle"),
            perspective=_number(args, "perspective"),
            cut_off=_flag(args, "cut_off", False),
            moving=_flag(args, "moving", False),
        )
        return sheet, replace(light, glare=_flag(args, "glare", False), blur_px=_number(args, "blur"))

    def _set_scene(self, subject: Subject, light: Light) -> None:
        try:
            frames = draw_frames(subject, light, self._size, desk=self._desk, font_file=self._font_file)
        except (OSError, ValueError) as error:
            raise Refused(f"cannot be drawn: {type(error).__name__}") from error
        with self._changed:
            self._subject, self._light, self._frames = subject, light, frames

    # --- stream -------------------------------------------------------------------------------------------------

    def stream(self, connection: socket.socket, out: Any) -> None:
        """Send pictures until the watcher leaves or the camera is unplugged."""
        with self._changed:
            if not self._frames:
                self._set_scene(self._subject, self._light)
            self._watchers.add(connection)
        try:
            while (picture := self._await_picture()) is not None:
                head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
                out.write(head.encode() + picture + b"\r\n")
        except OSError:
            return
        finally:
            with self._changed:
                self._watchers.discard(connection)

    def _await_picture(self) -> bytes | None:
        """The next picture when its time has come; None when unplugged."""
        due = time.monotonic() + 1 / _FPS + self._delay_s
        with self._changed:
            while self._server is not None:
                now = time.monotonic()
                if now >= due and now >= self._silent_until:
                    self._next += 1
                    picture = self._frames[self._next % len(self._frames)]
                    self._frozen = (self._frozen or picture) if self._freeze else None
                    return self._frozen or picture
                self._changed.wait(min(0.05, max(0.001, due - now)))
        return None


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], camera: CameraEmulator) -> None:
        self.camera = camera
        super().__init__(address, _Watcher)

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)  # without asking the network for this machine's name

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A watcher that leaves is nothing to speak of."""


class _Watcher(http.server.BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={_BOUNDARY}")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.server.camera.stream(self.connection, self.wfile)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: requests are the pictures of a running camera."""


def _codes(args: Args) -> Codes:
    given = [key for key in ("text", "payload", "hex", "texts") if key in args]
    if len(given) != 1:
        raise Refused("show needs one of text, payload, hex, texts")
    texts = args.get("texts")
    if given[0] == "hex":
        payloads: tuple[bytes, ...] = (hex_arg(args, "hex"),)
    elif isinstance(texts, list) and all(isinstance(each, str) for each in texts):
        payloads = tuple(str(each).encode() for each in texts)
    else:
        payloads = (text_arg(args, given[0]).encode(),)
    if not all(payloads) or not payloads:
        raise Refused("an empty code cannot be shown")
    if max(map(len, payloads)) > 2953:
        raise Refused("no QR code holds so much")
    # A long code is drawn finer, so that it fits into the view.
    usual = 6 if max(map(len, payloads)) < 300 else 4
    return Codes(
        payloads, int_arg(args, "module_px", usual) or 1, _number(args, "angle"), _flag(args, "inverted", False)
    )


def _flag(args: Args, key: str, default: bool) -> bool:
    value = args.get(key, default)
    if not isinstance(value, bool):
        raise Refused(f"{key} must be true or false")
    return value


def _number(args: Args, key: str) -> float:
    value = args.get(key, 0)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise Refused(f"{key} must be a number")
    return float(value)


def _file(args: Args, key: str) -> Path:
    path = Path(text_arg(args, key))
    if not path.is_file():
        raise Refused(f"{key} is no file")
    return path
