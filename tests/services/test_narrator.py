"""Pages are read out whole when they come, in part when they change; what is private goes into headphones alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from kiosk.domain.devices import CardRead, HeadsetChanged
from kiosk.domain.speech import Saying, Spoke, VoiceChanged
from kiosk.flow.events import Pointed, Touched, Typed
from kiosk.flow.reading import keys
from kiosk.flow.view import FieldView, FormBody, InfoBody, Notice, ReceiptBody, Row, parts_of
from kiosk.services.narrator import Narrator
from tests.flow.world import CARD, Visit, fresh

VOICES = ("zh-Hans", "en")


class Ear:
    """A voice that is quick: what was said, what was made ready, and whether it was told to be silent or to forget."""

    def __init__(self) -> None:
        self.said: list[tuple[str, ...]] = []
        self.prepared: list[str] = []
        self.added: list[bool] = []
        self.hushed = self.forgot = 0
        self.loudness = 0

    def languages(self) -> tuple[str, ...]:
        return VOICES

    def say(self, sayings: Sequence[Saying], loudness: int, *, private: bool = False, add: bool = False) -> None:
        self.added.append(add)
        self.said.append(tuple(one.text for one in sayings))
        self.loudness = loudness

    def prepare(self, sayings: Sequence[Saying]) -> None:
        self.prepared = [one.text for one in sayings]

    def hush(self) -> None:
        self.hushed += 1

    def forget(self) -> None:
        self.forgot += 1

    def close(self) -> None:
        """Nothing."""


class Reader:
    """A visit whose pages go to a narrator, as the runner does it."""

    def __init__(self, visit: Visit | None = None) -> None:
        self.ear = Ear()
        self.narrator = Narrator(self.ear)
        self.visit = visit or Visit(fresh(voices=VOICES))
        self.look()

    def look(self) -> None:
        self.narrator.shown(self.visit.view)

    def touch(self, *names: str) -> Reader:
        for name in names:
            self.visit.touch(name)
            self.look()
        return self

    def feed(self, event: object) -> Reader:
        self.visit.feed(event)  # type: ignore[arg-type]
        self.look()
        return self

    @property
    def last(self) -> str:
        return " ".join(self.ear.said[-1])


def at_home() -> Reader:
    return Reader().touch("action.start", "language.zh-Hans")


def listening(*, headset: bool = False) -> Reader:
    reader = at_home()
    if headset:
        return reader.feed(HeadsetChanged(plugged=True))
    return reader.touch("action.display", "mode.speech", "action.stay")


def filled(reader: Reader) -> Reader:
    """On the first page of a form, known from the card."""
    visit = reader.visit
    reader.touch("everyday.guide", "item.residence-permit-renewal", "action.next")
    reader.touch("choice.scenario.permit.valid", "action.next", "choice.scenario.reason.work", "action.next")
    reader.touch("action.next", "consent.privacy", "action.next", "action.next")
    reader.feed(CardRead(visit.session, CARD))
    assert visit.step == "form"
    return reader


def test_nothing_is_said_before_somebody_wants_to_be_read_to() -> None:
    assert at_home().touch("everyday.guide").ear.said == []


def test_headphones_at_the_attract_page_begin_a_visit_that_is_read_out_and_used_by_buttons() -> None:
    reader = Reader().feed(HeadsetChanged(plugged=True))
    assert reader.visit.step == "language"
    assert (reader.visit.view.modes.speech, reader.visit.view.modes.keypad) == (True, True)
    assert "上、下" in reader.last
    assert "请选择语言" in reader.last


def test_whoever_plugged_in_is_not_taken_for_somebody_who_went_long_ago() -> None:
    visit = Visit(fresh(voices=VOICES))
    visit.wait(500)
    visit.feed(HeadsetChanged(plugged=True))
    visit.wait(100)
    assert visit.step == "language"


def test_the_first_press_of_a_button_has_the_page_read_out_too() -> None:
    reader = at_home().feed(Touched("mode.keypad"))
    assert reader.visit.view.modes.speech
    assert reader.ear.said


def test_where_the_terminal_has_no_voice_nobody_is_offered_one() -> None:
    reader = Reader(Visit(fresh())).touch("action.start", "language.zh-Hans")
    reader.feed(HeadsetChanged(plugged=True)).touch("action.display")
    assert "mode.speech" not in {key.name for key in reader.visit.pressable()}
    reader.touch("action.stay").feed(Touched("mode.keypad"))
    assert reader.visit.view.voice is None
    assert reader.ear.said == []


def test_how_to_listen_is_said_once_in_each_language() -> None:
    reader = listening().touch("action.language")
    assert "Every page is read to you" in reader.last
    reader.touch("everyday.guide", "action.language")
    assert "现在每一页都念给您听" not in reader.last


def test_a_page_is_read_when_it_comes_and_not_again_while_it_stays() -> None:
    reader = listening().touch("everyday.guide")
    count = len(reader.ear.said)
    reader.look()
    assert len(reader.ear.said) == count
    assert reader.visit.view.title in reader.last


def test_of_a_page_that_changes_only_the_news_are_said() -> None:
    reader = listening()
    filled(reader)
    before = reader.visit.view
    changed = replace(before, lead="一句新话。")
    reader.narrator.shown(changed)
    assert reader.ear.said[-1] == ("一句新话。",)


def test_a_question_is_said_in_the_words_that_its_package_has_for_a_voice() -> None:
    reader = listening()
    view = replace(reader.visit.view, key="another", said="怎么说都行。")
    reader.narrator.shown(view)
    assert "怎么说都行。" in reader.last
    assert view.title not in reader.last


def test_through_the_loudspeaker_nothing_of_the_person_is_said_and_once_how_to_hear_it() -> None:
    reader = filled(listening())
    said = " ".join(" ".join(one) for one in reader.ear.said)
    for private in (CARD.name, CARD.number, CARD.address):
        assert private not in said
    assert "已经填好" in reader.last
    assert said.count("插上耳机") == 1


def test_into_headphones_it_is_said_whole() -> None:
    reader = filled(listening(headset=True))
    assert CARD.number in reader.last
    assert CARD.name in reader.last


def test_headphones_pulled_out_are_noticed_at_once() -> None:
    reader = filled(listening(headset=True))
    reader.feed(HeadsetChanged(plugged=False))
    assert reader.last == "耳机拔掉了。您填的内容不再念出来。"
    reader.touch("speech.again")
    reader.touch("speech.again")
    assert CARD.number not in reader.last


def test_a_secret_is_not_even_said_into_headphones() -> None:
    reader = filled(listening(headset=True))
    view = reader.visit.view
    field = FieldView("field.pin", "pin", "text", "查询密码", "4711", masked=True)
    reader.narrator.shown(replace(view, key="secret", body=FormBody((field,))))
    assert "4711" not in reader.last
    assert "4 个字" in reader.last


def test_an_answer_that_is_given_is_not_said_aloud_by_being_given() -> None:
    reader = listening()
    reader.touch("everyday.guide", "item.residence-permit-renewal", "action.next")
    said = len(reader.ear.said)
    reader.touch("choice.scenario.permit.valid")
    news = " ".join(" ".join(one) for one in reader.ear.said[said:])
    assert "没到期" not in news
    reader.touch("choice.scenario.permit.lapsed")
    news = " ".join(" ".join(one) for one in reader.ear.said[said:])
    assert "满 60 天了" not in news


def test_into_headphones_it_is_told_that_an_answer_was_taken() -> None:
    reader = listening(headset=True)
    reader.touch("everyday.guide", "item.residence-permit-renewal", "action.next", "choice.scenario.permit.valid")
    assert "已经选了" in reader.last


@pytest.mark.parametrize("name", ["key.4", "candidate.0", "row.candidate.0"])
def test_what_is_written_is_not_heard_by_all_letter_by_letter(name: str) -> None:
    reader = listening()
    reader.narrator.pointed(Pointed(name, "林", 1, 8), reader.visit.view)
    assert "林" not in reader.last
    private = listening(headset=True)
    private.narrator.pointed(Pointed(name, "林", 1, 8), private.visit.view)
    assert "林" in private.last


def test_of_keys_beside_rows_it_is_said_whose_they_are() -> None:
    reader = filled(listening(headset=True))
    row = next(row for row in parts_of(Row, reader.visit.view.body) if row.key is not None)
    assert row.key is not None
    reader.narrator.pointed(Pointed(row.key.name, "x", 1, 4), reader.visit.view)
    assert reader.ear.said[-1][0] == row.label
    masked = next(row for row in parts_of(Row, reader.visit.view.body) if row.reveal)
    reader.narrator.pointed(Pointed(f"reveal.{masked.label}", "x", 1, 4), reader.visit.view)
    assert masked.reveal is not None
    assert masked.reveal in reader.last


def test_news_of_a_page_come_after_what_is_being_said() -> None:
    reader = listening()
    view = replace(reader.visit.view, lead="一句新话。")
    reader.narrator.shown(view)
    assert reader.ear.added[-1]
    reader.narrator.over()
    reader.narrator.shown(replace(view, lead="又一句。"))
    assert not reader.ear.added[-1]


@pytest.mark.parametrize("step", ["result", "cannot", "hand_over", "precheck"])
def test_what_was_decided_about_somebody_is_for_their_ears_alone(step: str) -> None:
    body = InfoBody("info", ("登记机关记载您有未执行完的案件",), (Row("打电话", "12345"),))
    view = replace(listening().visit.view, step=step, key=step, title="没有通过", lead="为什么", body=body)
    reader = listening()
    reader.narrator.shown(view)
    assert "案件" not in reader.last
    assert "为什么" not in reader.last
    headphones = listening(headset=True)
    headphones.narrator.shown(replace(view, voice=headphones.visit.view.voice))
    assert "案件" in headphones.last


def test_where_the_slip_comes_out_is_said_aloud_and_what_is_on_it_is_not() -> None:
    guide = Notice("guide", "请取走回执", "在屏幕下面")
    reader = listening()
    body = ReceiptBody(("办件编号 YP0301",), None, guide, "confirmed")
    reader.narrator.shown(replace(reader.visit.view, step="receipt", key="receipt", body=body))
    assert "请取走回执" in reader.last
    assert "YP0301" not in reader.last


def test_whoever_cannot_do_it_here_hears_aloud_where_it_can_be_done() -> None:
    view = listening().visit.view
    body = InfoBody("info", ("办不了",), (Row("打电话", "12345"),))
    reader = listening()
    reader.narrator.shown(replace(view, step="cannot", key="cannot", body=body))
    assert "12345" in reader.last


def test_pulling_headphones_out_keeps_nobodys_visit_open() -> None:
    reader = filled(listening(headset=True))
    reader.visit.wait(121)
    assert reader.visit.step == "idle"
    reader.feed(HeadsetChanged(plugged=False))
    assert reader.visit.step == "idle"


def test_again_means_silence_while_it_is_read_and_once_more_afterwards() -> None:
    reader = listening()
    page = reader.ear.said[-1]
    reader.touch("speech.again")
    assert reader.ear.hushed == 1
    reader.touch("speech.again")
    assert reader.ear.said[-1][-3:] == page[-3:]
    reader.narrator.over()
    count = len(reader.ear.said)
    reader.touch("speech.again")
    assert len(reader.ear.said) == count + 1


def test_it_gets_louder_and_quieter_in_steps_and_begins_anew_with_the_next_person() -> None:
    reader = listening().touch("action.display", "speech.louder", "speech.louder")
    assert reader.ear.loudness == 4
    assert "第 5 级" in reader.last
    assert not next(key for key in keys(reader.visit.view) if key.name == "speech.louder").enabled
    reader.touch("speech.quieter", "action.stay", "action.exit")
    reader.visit.wait(5)
    assert reader.visit.state.loudness == 2


def test_what_the_buttons_come_to_is_said_with_its_place() -> None:
    reader = listening(headset=True)
    reader.narrator.pointed(Pointed("everyday.guide", "x", 2, 9), reader.visit.view)
    assert "第 2 个，一共 9 个" in reader.last
    guide = next(key for key in reader.visit.pressable() if key.name == "everyday.guide")
    assert guide.label in reader.last
    assert reader.ear.prepared


def test_a_fresh_page_is_read_before_the_thing_the_buttons_stand_on() -> None:
    reader = listening(headset=True)
    reader.touch("everyday.guide")
    page = reader.ear.said[-1]
    reader.narrator.pointed(Pointed("action.back", "返回", 1, 3, moved=False), reader.visit.view)
    assert reader.ear.said[-1][: len(page)] == page
    assert reader.ear.said[-1][-1] == "第 1 个，一共 3 个"


def test_how_to_listen_is_not_lost_where_the_buttons_stand_on_something_at_once() -> None:
    reader = Reader().feed(HeadsetChanged(plugged=True))
    reader.narrator.pointed(Pointed("language.zh-Hans", "中文", 1, 7, moved=False), reader.visit.view)
    assert "现在每一页都念给您听" in reader.last


def test_while_it_is_read_to_nobody_is_idle_and_the_warning_is_said_every_ten_seconds() -> None:
    reader = listening()
    for _ in range(4):
        reader.visit.wait(100)
        reader.feed(Spoke())
    assert reader.visit.step == "home"
    reader.visit.wait(121)
    assert reader.visit.step == "idle"
    reader.look()
    said = len(reader.ear.said)
    for _ in range(21):
        reader.visit.wait(1)
        reader.look()
    assert len(reader.ear.said) == said + 2
    reader.feed(Spoke())
    assert reader.visit.step == "idle"


def test_a_voice_that_is_lost_leaves_the_page_as_it_was() -> None:
    reader = listening().feed(VoiceChanged(()))
    assert reader.visit.view.voice is None
    assert reader.ear.hushed == 1
    assert reader.visit.step == "home"


def test_after_the_visit_neither_narrator_nor_voice_knows_anything() -> None:
    reader = filled(listening(headset=True))
    reader.narrator.forget()
    assert reader.ear.forgot == 1
    assert CARD.name not in repr(vars(reader.narrator))


def test_touching_and_typing_still_do_what_they_did() -> None:
    reader = listening().touch("action.search")
    reader.feed(Typed("search", "居住证")).feed(Touched("action.back"))
    assert reader.visit.step == "home"
