"""Story files: read as written up in docs/stories.md, refused with FILE:LINE otherwise."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kiosk.app.exits import USAGE, exit_code
from kiosk.app.story.model import Centre, DeviceDo, Expect, Sign, StoryError, Touch, Type, WaitScreen, load_story

ROOT = Path(__file__).resolve().parents[2]
HEAD = 'schema = 1\nname = "x"\n'


def read(tmp_path: Path, text: str) -> object:
    file = tmp_path / "story.toml"
    file.write_text(text, encoding="utf-8")
    return load_story(file)


def refusal(tmp_path: Path, text: str) -> str:
    with pytest.raises(StoryError) as refused:
        read(tmp_path, text)
    assert exit_code(refused.value) == USAGE
    place = re.search(r"story\.toml:(\d+): (.*)", str(refused.value))
    assert place is not None, refused.value
    return f"{place[1]}: {place[2]}"


def test_each_verb_is_understood(tmp_path: Path) -> None:
    file = tmp_path / "story.toml"
    file.write_text(
        HEAD
        + """
centre = "down"
[settings]
"session.idle_s" = 5
terminal.demo = true
[[step]]
touch = "action.next"
timeout_s = 3
[[step]]
type = { field = "field.applicant.phone", text = "138" }
[[step]]
sign = true
[[step]]
device = { device = "code_scanner", do = "show", citizen = "lin" }
[[step]]
centre = "slow:2.5"
[[step]]
wait_screen = "privacy"
[[step]]
expect = { control = "action.next", enabled = false, case_state = { state = "accepted" }, cases = 1 }
""",
        encoding="utf-8",
    )
    story = load_story(file)

    assert [step.action for step in story.steps] == [
        Touch("action.next"),
        Type("applicant.phone", "138"),
        Sign(),
        DeviceDo({"device": "code_scanner", "do": "show"}, "lin"),
        Centre("slow", 2.5),
        WaitScreen("consent"),
        Expect(control="action.next", enabled=False, case_state="accepted", cases=1),
    ]
    assert [step.timeout_s for step in story.steps][:2] == [3.0, 10.0]
    assert story.overrides == ("session.idle_s=5", "terminal.demo=true")
    assert story.centre == "down"


def test_steps_may_be_called_steps_and_stand_in_a_list(tmp_path: Path) -> None:
    for text in ('[[steps]]\ntouch = "a.b"\n', 'steps = [\n  { touch = "a.b" },\n]\n'):
        story = read(tmp_path, HEAD + text)
        assert story.steps[0].action == Touch("a.b")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("schema = 2\n[[step]]\ntouch='a'\n", "1: schema"),
        (HEAD, "2: a story needs"),
        (HEAD + "colour = 1\n", '3: unknown key "colour"'),
        (HEAD + "[[step]]\nclick = 'a'\n", '4: unknown key "click"'),
        (HEAD + "[[step]]\ntouch = 'a'\n[[step]]\ntouch = 'a'\nsign = true\n", "5: a step has exactly one"),
        (HEAD + "[[step]]\ntimeout_s = 3\n", "3: a step has exactly one"),
        (HEAD + "[[step]]\ntouch = 'a'\ntimeout_s = 0\n", "5: timeout_s"),
        (HEAD + "[[step]]\ntouch = ''\n", "4: touch"),
        (HEAD + "[[step]]\nwait_screen = 'nowhere'\n", "4: wait_screen"),
        (HEAD + "[[step]]\nexpect = { colour = 'red' }\n", "4: expect"),
        (HEAD + "[[step]]\nexpect = { cases = 'two' }\n", "4: expect"),
        (HEAD + "[[step]]\nexpect = { enabled = true }\n", "4: expect"),
        (HEAD + "[[step]]\ncentre = 'sideways'\n", "4: centre"),
        (HEAD + "[[step]]\ncentre = 'slow:soon'\n", "4: centre"),
        (HEAD + "[[step]]\ndevice = { device = 'camera', do = 'place' }\n", "4: device"),
        (HEAD + "[[step]]\ndevice = { device = 'id_card', do = 'eat' }\n", "4: device"),
        (HEAD + "step = [\n  { touch = 'a' },\n  { touch = 'a', shout = 1 },\n]\n", '5: unknown key "shout"'),
        (HEAD + "[[step]\n", "3: not TOML"),
        (HEAD + "centre = 'slow'\n[[step]]\ntouch='a'\n", "3: centre"),
        (HEAD + "[settings]\nloud = 1\n[[step]]\ntouch='a'\n", "4: loud"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_line(tmp_path: Path, text: str, place: str) -> None:
    assert refusal(tmp_path, text).startswith(place)


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoryError):
        load_story(tmp_path / "missing.toml")
    (tmp_path / "story.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StoryError):
        load_story(tmp_path / "story.toml")


def test_what_is_typed_is_not_in_the_words_of_a_step(tmp_path: Path) -> None:
    story = read(tmp_path, HEAD + "[[step]]\ntype = { field = 'applicant.name', text = '林秋禾' }\n")
    assert "林" not in story.steps[0].words  # type: ignore[attr-defined]
    assert "林" not in repr(story)


def test_every_story_of_the_project_can_be_read() -> None:
    files = [*(ROOT / "tests" / "journeys").glob("*.toml"), *(ROOT / "config" / "demo" / "stories").glob("*.toml")]
    assert len(files) >= 15
    for file in files:
        load_story(file)
