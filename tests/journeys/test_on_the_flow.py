"""Every story, on the flow alone: no screen, no process, no waiting."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.app.story.model import load_story
from tests.journeys.flow_player import FlowPlayer

HERE = Path(__file__).parent
DEMO = HERE.parents[1] / "config" / "demo" / "stories"
#: What goes on outside the flow: bytes on a line, buttons that the window takes.
SCREENS_ONLY = {"buttons_below_the_screen", "gone_on_with_by_phone", "staff_guided_check"}
STORIES = sorted(
    file
    for file in (*HERE.glob("*.toml"), *HERE.glob("services/*.toml"), *DEMO.glob("o*.toml"))
    if file.stem not in SCREENS_ONLY
)


@pytest.mark.parametrize("file", STORIES, ids=lambda file: file.stem)
def test_the_story_goes_its_way(file: Path) -> None:
    player = FlowPlayer(load_story(file))

    player.play()

    assert player.seen
