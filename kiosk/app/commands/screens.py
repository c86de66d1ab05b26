"""``./run screens``: a picture of every screen in both languages, and the pictures of the README."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.app import exits
from kiosk.app.options import ROOT, parser

if TYPE_CHECKING:
    from kiosk.app.story.model import Story

LANGUAGES = ("zh-Hans", "en")
TOUR = ROOT / "config" / "demo" / "stories" / "tour.toml"
OFFLINE = ROOT / "config" / "demo" / "stories" / "offline.toml"
PIN = "271828"
IN_ENGLISH = {
    "居住证": "residence permit",
    "朋友的房子": "A friend's flat",
    "柳桥路128弄6号楼502室": "Room 502, 6, 128 Liuqiao Rd",
    "高远山": "Gao Yuanshan",
    "云浦市春江食品厂": "Chunjiang Foods",
    "问渠小馆": "Wenqu Kitchen",
    "柳桥路77号底商": "77 Liuqiao Rd",
    "陈守田": "Chen Shoutian",
    "楼下夜里施工太吵": "Building work at night",
}
"""What the resident of the tour types, and reads again, when the pages are not in Chinese."""

README_WIDTH_PX = 540


def main(arguments: Sequence[str]) -> int:
    """0; 1 when the tour could not be played to its end."""
    options = parser("screens", "Take a picture of every screen in both languages.")
    options.add_argument("--out", type=Path, default=Path("screens-output"), metavar="DIR", help="default: %(default)s")
    options.add_argument("--language", metavar="TAG", help="only this one; en-XA is the language nobody speaks")
    options.add_argument("--readme", action="store_true", help="only the pictures of the README, by a shorter visit")
    chosen = options.parse_args(arguments)
    for language in LANGUAGES if chosen.language is None else (chosen.language,):
        failure = tour(language, chosen.out / language, shorter=chosen.readme)
        if failure is not None:
            print(f"screens: {language}: {failure}", file=sys.stderr)
            return exits.FAILED
        pictures = sorted((chosen.out / language / "screens").glob("*.png"))
        print(f"screens: {language}: {len(pictures)} pictures in {chosen.out / language}")
        if chosen.readme:
            for_readme(pictures, language)
    return exits.OK


def tour(language: str, out: Path, *, shorter: bool = False) -> str | None:
    """Play the tour, then the page for a terminal that is out of service; why it failed, or None.

    The ``shorter`` one is a single visit while the centre is away.
    """
    from kiosk.app.commands.story import progress
    from kiosk.app.story.model import Step, Story, WaitScreen, load_story
    from kiosk.app.story.play import Wanted, play
    from kiosk.services.staff import hash_pin
    from offline_cache.pin_file import PinFile

    story = in_language(load_story(OFFLINE if shorter else TOUR), language)
    with tempfile.TemporaryDirectory(prefix="screens-") as folder:
        state = Path(folder) / "state"
        state.mkdir()
        PinFile(state).set_pin_hash(hash_pin(PIN))
        wanted = Wanted(out=out, overrides=(f"terminal.state_dir={state}",), tell=progress())
        played = play(story, wanted)
        if not played.ok or shorter:
            return played.failure
        step = Step(WaitScreen("out_of_service"), 10.0, 0, "until out_of_service")
        last = Story("Out of service", (step,), "down", story.overrides)
        played = play(last, replace(wanted, out=out / "out-of-service", out_of_service=True))
    return played.failure


def in_language(story: Story, language: str) -> Story:
    """The same visit by a resident who reads and types another language."""
    from kiosk.app.story.model import Action, Expect, Touch, Type

    if language == "zh-Hans":
        return story

    def other(action: Action) -> Action:
        match action:
            case Touch("language.zh-Hans"):
                return Touch(f"language.{language}")
            case Type(path, text):
                return Type(path, IN_ENGLISH.get(text, text))
            case Expect(text=str(text)):
                return replace(action, text=_read_as(text, language))
        return action

    steps = tuple(replace(step, action=other(step.action)) for step in story.steps)
    return replace(story, steps=steps, overrides=(*story.overrides, f"terminal.language={language}"))


def _read_as(chinese: str, language: str) -> str:
    """What stands there in another language: a sentence of ours, or what the resident has typed."""
    from kiosk.texts import say
    from kiosk.texts.po import template

    key = next((name for name, entry in template().items() if entry.source[0] == chinese), None)
    return IN_ENGLISH.get(chinese, chinese) if key is None else say(language, key)


def for_readme(pictures: Sequence[Path], language: str) -> None:
    """Home, a prefilled page, and what a resident reads when the centre is away."""
    from PIL import Image

    from kiosk.app.pictures import small

    def of(step: str) -> list[Path]:
        return [path for path in pictures if path.stem[4:] == f"{step}-{language}"]

    chosen = {"home": of("home")[0], "prefilled": of("form")[0], "result-offline": of("result")[-1]}
    folder = ROOT / "docs" / "img"
    folder.mkdir(parents=True, exist_ok=True)
    for name, path in chosen.items():
        with Image.open(path) as picture:
            small(picture, folder / f"{name}-{language}.png", README_WIDTH_PX)
