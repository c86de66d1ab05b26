"""Our own sentences: complete, plain, filled in alike in every language; and languages that somebody drops in."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from kiosk import texts
from kiosk.flow.view import DisplayOverlay
from kiosk.forms.messages import message
from kiosk.texts import making, shelf
from kiosk.texts.checking import check, untranslated
from kiosk.texts.dates import day_words, parts_in_order
from kiosk.texts.plain import grade_of_english, lint
from kiosk.texts.po import Book, CatalogueError, Entry, places, read, template, write
from tests.flow.world import Visit, fresh

ROOT = Path(__file__).resolve().parents[2]
ITEM = {"zh-Hans": "居住证签注", "en": "Residence permit renewal"}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    texts.look_in(tmp_path / "none")


def japanese(folder: Path, **wordings: tuple[str, ...]) -> Path:
    """A catalogue with a few wordings, as a translator hands it in half-way."""
    path = making.begin("ja", folder)
    said = {key.replace("__", "."): forms for key, forms in wordings.items()}
    book = read(path)
    entries = [Entry(one.key, one.source, said.get(one.name, one.forms), one.notes) for one in book.entries]
    entries += [Entry(None, (ITEM["zh-Hans"],), ("在留許可の更新",))]
    write(path, replace(book, entries=tuple(entries)))
    return path


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_chinese_and_english_are_complete_and_fill_in_alike(language: str) -> None:
    files = shelf.files_of(language, None)
    assert [str(fault) for fault in check(files)] == []
    assert untranslated(files, staff=True) == []


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_our_own_sentences_are_plain(language: str) -> None:
    assert [str(fault) for fault in lint(language)] == []


def test_english_asks_for_six_years_of_school_at_most() -> None:
    assert grade_of_english() <= 6


def test_received_here_is_never_called_accepted() -> None:
    for key, entry in template().items():
        if key.endswith((".received", ".received_booking")) or key in ("parts.here", "follow.kept"):
            chinese, english = entry.source[0], texts.say("en", key)
            assert "已受理" not in chinese.replace("尚未受理", ""), key
            assert "accepted" not in english.lower().replace("not yet accepted", ""), key


def test_a_number_chooses_the_form() -> None:
    assert texts.say("en", "precheck.first", count=1) == "1 paper has not passed"
    assert texts.say("en", "precheck.first", count=2) == "2 papers have not passed"
    assert texts.say("zh-Hans", "precheck.first", count=1) == "还有 1 样没有通过"


def test_a_sentence_nobody_wrote_is_a_bug() -> None:
    with pytest.raises(KeyError):
        texts.say("en", "home.no_such")


def test_a_catalogue_dropped_in_is_offered_by_its_own_name(folder: Path) -> None:
    japanese(folder, home__title=("ご用件は何ですか？",), precheck__first=("あと {count} 点あります",))
    assert texts.look_in(folder) == ()
    assert texts.languages() == ("zh-Hans", "en", "ja")
    assert texts.say("ja", "language.name") == "日本語"
    assert texts.say("ja", "home.title") == "ご用件は何ですか？"
    assert texts.say("ja", "precheck.first", count=3) == "あと 3 点あります"


def test_where_a_catalogue_is_silent_english_speaks_or_the_language_it_names(folder: Path) -> None:
    japanese(folder, home__title=("",))
    texts.look_in(folder)
    assert texts.say("ja", "home.title") == texts.say("en", "home.title")
    assert texts.say("ja", "precheck.first", count=1) == "1 paper has not passed"
    (folder / "ja.po").unlink()
    japanese(folder, language__fallback=("zh-Hans",))
    texts.look_in(folder)
    assert texts.say("ja", "home.title") == "您想办什么事？"


def test_larger_type_has_simpler_words_only_where_the_language_has_them(folder: Path) -> None:
    japanese(folder, home__lead=("人生の節目から選んでください。",))
    texts.look_in(folder)
    assert texts.says("en", "home.lead.elder")
    assert not texts.says("ja", "home.lead.elder")
    assert texts.says("zh-Hans", "precheck.first")


def test_a_package_speaks_the_new_language_where_the_catalogue_knows_its_words(folder: Path) -> None:
    japanese(folder)
    texts.look_in(folder)
    assert texts.pick(ITEM, "ja") == "在留許可の更新"
    assert texts.pick({"zh-Hans": "别的事", "en": "Something else"}, "ja") == "Something else"
    assert texts.pick({"zh-Hans": "别的事"}, "ja") == "别的事"
    assert texts.pick({**ITEM, "ja": "包の言葉"}, "ja") == "包の言葉"


def test_what_is_wrong_with_an_answer_is_said_in_the_new_language_too(folder: Path) -> None:
    path = making.begin("ja", folder)
    book = making.with_items(read(path), [])
    said = {"日期不能早于 {low}。": "{low} より前の日は選べません。"}
    write(
        path,
        replace(
            book, entries=tuple(replace(e, forms=(said.get(e.name, e.forms[0]),) * len(e.forms)) for e in book.entries)
        ),
    )
    texts.look_in(folder)
    early = message("date_early", low=date(2026, 3, 12))
    assert early == {"zh-Hans": "日期不能早于 2026 年 3 月 12 日。", "en": "The date cannot be before 12 March 2026."}
    assert texts.pick(early, "ja").endswith("より前の日は選べません。")
    assert texts.pick(message("required"), "ja") == "Please answer this before you go on."


def test_a_wording_that_fills_in_what_nobody_gives_is_passed_over(folder: Path) -> None:
    japanese(folder, help__phone=("{number} にお電話ください",))
    texts.look_in(folder)
    assert texts.say("ja", "help.phone", phone="12345") == texts.say("en", "help.phone", phone="12345")
    faults = [str(fault) for fault in check([folder / "ja.po"])]
    assert faults == ["ja.po: help.phone: nobody fills in {number}"]


@pytest.mark.parametrize("spoilt", ["nonsense", "msgid ä", '"Content-Type: text/plain; charset=none\\n"'])
def test_a_file_that_is_no_catalogue_is_left_out_and_said(folder: Path, spoilt: str) -> None:
    (folder / "ko.po").write_text(spoilt, "utf-8")
    (fault,) = texts.look_in(folder)
    assert fault.startswith("ko.po:")
    assert texts.languages() == ("zh-Hans", "en")
    assert texts.say("ko", "home.title") == texts.say("en", "home.title")


def test_what_cannot_even_be_opened_is_left_out_too(folder: Path) -> None:
    (folder / "ko.po").mkdir()
    (fault,) = texts.look_in(folder)
    assert "ko.po" in fault
    assert texts.languages() == ("zh-Hans", "en")


def test_a_name_that_is_no_language_is_said(folder: Path) -> None:
    (folder / "klingonisch.po").write_text('msgid ""\nmsgstr ""\n', "utf-8")
    (fault,) = texts.look_in(folder)
    assert "no language tag" in fault
    with pytest.raises(CatalogueError):
        making.begin("../en", folder)


def test_a_site_may_word_our_sentences_in_its_own_way(folder: Path) -> None:
    entry = template()["home.title"]
    wording = Entry("home.title", entry.source, ("How can Yunpu help you?",))
    write(folder / "en.po", Book("en", (wording,)))
    texts.look_in(folder)
    assert texts.say("en", "home.title") == "How can Yunpu help you?"
    assert texts.say("en", "key.next") == "Next"


def test_what_was_compiled_is_read_again_only_until_a_file_changes(folder: Path) -> None:
    path = japanese(folder, home__title=("一",))
    texts.look_in(folder)
    (kept,) = (folder / "__pycache__").glob("ja.*.mo")
    path.write_text(path.read_text("utf-8").replace('"一"', '"二"'), "utf-8")
    texts.look_in(folder)
    assert texts.say("ja", "home.title") == "二"
    assert not kept.exists()


def test_a_start_reads_what_was_compiled_and_not_the_catalogue() -> None:
    texts.say("en", "home.title")  # compiled by now
    program = "import sys; from kiosk.texts import say; print(say('en', 'home.title'), 'babel' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "What can we do for you? False\n"


def test_chinese_that_changes_leaves_its_translations_to_be_looked_at() -> None:
    book = read(shelf.HOME / "en.po")
    entries = tuple(
        Entry(one.key, ("以前的说法",) if one.key == "home.title" else one.source, one.forms) for one in book.entries
    )
    merged = making.merged(replace(book, entries=entries), shelf.TEMPLATES[:1])
    assert [one.key for one in merged.entries if one.unsure] == ["home.title"]


def test_the_language_nobody_speaks_is_longer_and_keeps_its_places() -> None:
    for key in template():
        english, pseudo = texts.say("en", key), texts.say(texts.PSEUDO, key)
        assert places([pseudo]) == places([english]), key
        words = re.sub(r"\{.*?\}", "", english)
        if re.search("[A-Za-z]", words):
            assert pseudo[0] + pseudo[-1] == "⟦⟧", key
            assert len(pseudo) - len(english) >= 0.3 * len(words), key
    assert texts.pick(ITEM, texts.PSEUDO).startswith("⟦Ŕ")
    assert texts.PSEUDO not in texts.languages()


def test_days_are_written_as_the_language_writes_them() -> None:
    day = date(2026, 11, 22)
    assert day_words("zh-Hans", day) == "2026 年 11 月 22 日"
    assert day_words("en", day) == "22 Nov 2026"
    assert parts_in_order("zh-Hans") == ("year", "month", "day")
    assert parts_in_order("en") == ("day", "month", "year")


def three(**changes: object) -> Visit:
    """A terminal that also speaks the language nobody speaks."""
    return Visit(fresh(languages=("zh-Hans", "en", texts.PSEUDO), **changes))


def test_with_three_languages_the_key_opens_a_list_and_nothing_typed_is_lost() -> None:
    visit = three().to_form()
    answers = dict(visit.state.session.answers) if visit.state.session else {}
    page = visit.state.page
    assert next(key.label for key in visit.view.rail if key.name == "action.language") == "语言 Language"
    visit.touch("action.language")
    overlay = visit.view.overlay
    assert isinstance(overlay, DisplayOverlay)
    assert [key.name for key in overlay.options] == ["language.zh-Hans", "language.en", "language.en-XA"]
    assert overlay.selected == {"language.zh-Hans"}
    visit.touch("language.en-XA")
    assert visit.view.overlay is None
    assert (visit.state.language, visit.state.page) == ("en-XA", page)
    assert visit.state.session is not None
    assert dict(visit.state.session.answers) == answers
    assert visit.view.title.startswith("⟦")


def test_with_two_languages_the_key_changes_over() -> None:
    visit = Visit().to_form().touch("action.language")
    assert (visit.state.language, visit.view.overlay) == ("en", None)
    assert visit.touch("action.language").state.language == "zh-Hans"


def test_many_languages_are_seven_keys_a_page_and_each_can_be_reached() -> None:
    many = ("zh-Hans", "en", *"ja ko ru fr de es it ar".split())
    visit = Visit(fresh(languages=many)).touch("action.start")
    seen: set[str] = set()
    for _ in range(3):
        keys = [key.name for key in visit.view.body.choices]  # type: ignore[union-attr]
        assert len(keys) == 7
        seen |= {name for name in keys if name != "language.more"}
        visit.touch("language.more")
    assert seen == {f"language.{tag}" for tag in many}
    assert visit.touch("language.ar").step == "home"
    assert visit.state.language == "ar"
