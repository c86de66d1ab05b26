"""What the drivers of cameras have in common: a child process that looks, its life, and the loop that hears it.

Pictures are taken only while something is wanted of them, and at the connection and the self-test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from devices.camera.binding import camera_name, judge, reach
from devices.camera.host import CameraHost, Measured, Seen, Source
from devices.camera.messages import BadMessage, Message
from devices.drivers.base import ONLINE, Condition, Served, Work
from devices.errors import BadAnswer, PictureFrozen, PortMissing
from kiosk.domain.devices import Health

_DARK = Condition(Health.ONLINE, detail="dark")
_LISTEN_S = 0.1


class CameraDriver:
    """The part of Driver that every camera does alike; a subclass gives it work by `_look`."""

    idle_every_s = 1.0
    probe_every_s = 3.0
    frozen_s = 3.0
    """Pictures that stay the same to the last bit for so long come from no live sensor."""

    def __init__(self, source: Source, host: CameraHost) -> None:
        self._source = source
        self._host = host
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
        measured = self._host.measure(frames=12)
        self._condition = _condition(dark=measured.seen.dark)
        ok, facts = judge(measured, self._host.restarts)
        lacking = self._lacking(measured) if ok else ""
        return (False, f"{lacking}: {facts}") if lacking else (ok, facts)

    def close(self) -> None:
        """See Driver."""
        self._host.close()

    def _lacking(self, measured: Measured) -> str:
        """What these pictures, good otherwise, lack for the work of this camera; "" for nothing."""
        return ""

    def _look(self, settings: Mapping[str, int | bool], work: Work, take: Callable[[str, Message], bool]) -> Served:
        """Have the child look until `take`, given what it says and the message, is content or `work` is stopped.

        What is said of the pictures as such is seen to here. Raises BadAnswer for a message that cannot be, and
        PictureFrozen. The child is ended with all it has seen of this resident.
        """
        self._host.watch(settings)
        done = self._hear(work, take)
        self._host.retire()
        return Served(done=done)

    def _hear(self, work: Work, take: Callable[[str, Message], bool]) -> bool:
        was_dark = False
        while not work.stopped():
            message = self._host.next(_LISTEN_S)
            if message is None:
                continue
            try:
                said = message.text("say")
                if said != "seen":
                    if take(said, message):
                        return True
                    continue
                seen = Seen.of(message)
            except BadMessage as error:
                raise BadAnswer(self._source.where) from error
            if seen.still_s >= self.frozen_s:
                raise PictureFrozen(self._source.where)
            self._condition = _condition(dark=seen.dark and was_dark)  # not for one picture's sake
            work.report(self._condition)
            was_dark = seen.dark
        return False


def _condition(*, dark: bool) -> Condition:
    return _DARK if dark else ONLINE
