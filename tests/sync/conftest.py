from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.central_api.scripted_server import ScriptedCentre
from tests.sync.scene import Scene


@pytest.fixture
def centre() -> Iterator[ScriptedCentre]:
    with ScriptedCentre() as server:
        yield server


@pytest.fixture
def scene(centre: ScriptedCentre) -> Scene:
    return Scene(centre)
