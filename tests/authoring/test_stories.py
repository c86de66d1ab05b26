"""The usual way of a package, told as a story, leads through the flow from the first touch to the wiped screen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kiosk.app.story.model import load_story
from kiosk.authoring.prove import every_path, prove
from kiosk.authoring.stories import story_of
from kiosk.forms import load_package
from tests.authoring.small import made
from tests.forms.walk import TODAY
from tests.journeys.flow_player import FlowPlayer

CONFIG = Path(__file__).parents[2] / "config"
#: Item and the demo person who can go its usual way.
PLAYED = {
    "complaint-12345": "lin",
    "health-card": "lin",
    "medical-elsewhere": "lin",
    "provident-fund-query": "lin",
    "retirement": "ren",
    "school-enrolment": "lin",
    "social-insurance-certificate": "lin",
    "ten-tax-items": "lin",
}


def licences_of(person: str, item: str) -> frozenset[str]:
    """The types of e-licence that the demo's registers have of somebody for an item."""
    people = json.loads((CONFIG / "demo" / "people.json").read_text("utf-8"))["people"]
    found = set(next(one for one in people if one["key"] == person)["licences"])
    records = CONFIG / "demo" / "records" / f"{item}.json"
    if records.exists():
        found |= set(json.loads(records.read_text("utf-8"))["people"].get(person, {}).get("licences", {}))
    return frozenset(found)


@pytest.mark.parametrize("item", PLAYED)
def test_the_usual_way_can_be_played(item: str, tmp_path: Path) -> None:
    folder = CONFIG / "services" / item
    way = prove(folder, today=TODAY).default_path
    assert way is not None
    file = tmp_path / "story.toml"

    licences = licences_of(PLAYED[item], item)
    file.write_text(story_of(load_package(folder), way, today=TODAY, person=PLAYED[item], licences=licences), "utf-8")
    player = FlowPlayer(load_story(file))
    player.play()

    assert ("wiped", "zh-Hans") in {(key.partition(":")[0], language) for key, language in player.seen}


def test_every_way_to_the_end_has_a_story_of_its_own() -> None:
    bundle = made("apply")
    package = load_package(bundle)

    ways = [way for way in every_path(bundle, today=TODAY) if way.end == "submit"]
    stories = {story_of(package, way, today=TODAY) for way in ways}

    assert len(stories) == len(ways) == 6


def test_a_way_that_is_stopped_has_no_story() -> None:
    bundle = made("apply")
    stopped = next(way for way in every_path(bundle, today=TODAY) if way.end == "cannot")

    with pytest.raises(ValueError, match="no whole story"):
        story_of(load_package(bundle), stopped, today=TODAY)
