"""What a camera child does with the pictures: a task, chosen by name when the child is started.

A task's module is imported in the child alone. It has a function `make(settings) -> Task`; `settings` are JSON values
that the driver gave to `CameraHost.watch`. A child that was told to watch anew makes a new task.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from devices.camera.messages import Message

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

#: Task name -> module with `make`.
TASKS = {
    "codes": "devices.camera.code_task",
    "page": "devices.vision.page_task",
}


class Task(Protocol):
    """Looks at pictures, says what it found. May keep what it likes in memory; can write nothing."""

    def look(self, picture: Picture, at_s: float) -> Sequence[Message]:
        """One picture, BGR, uint8, (height, width, 3), taken at `at_s` (monotonic). Returns what to tell the driver.

        The words "opened", "seen", "measured", "closed" and "fault" in `head["say"]` belong to the child itself.
        While this runs no picture is taken; a task that needs more than `host.SILENCE_S` is killed.
        """

    def order(self, message: Message) -> Sequence[Message]:
        """An order of the driver's own (`CameraHost.order`), between two pictures."""


def make_task(name: str, settings: Mapping[str, Any]) -> Task:
    """A new task of that name. Raises KeyError when there is none, ImportError when its library is not there."""
    task: Task = importlib.import_module(TASKS[name]).make(settings)
    return task
