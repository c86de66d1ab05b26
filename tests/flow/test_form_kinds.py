"""Fields that are not typed: a place by its tree, a nation, a picture, what is worked out, a secret; and the papers'
pre-check. Each on a small package of its own.
"""

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from kiosk.authoring.skeleton import Wish, skeleton, write
from kiosk.domain.devices import CardRead, DocumentCaptured, PrintOutcome, PrintUpdate
from kiosk.flow.effects import CapturePage, PrintReceipt, SubmitCase
from kiosk.flow.events import LicencesFound, ReceiptReady, Typed
from kiosk.flow.view import CaptureBody, ChoiceBody, FormBody, ListBody, RowsBody
from kiosk.forms import ServicePackage, load_package
from kiosk.services.casework import Occasion, build
from tests.flow.test_visit import licence
from tests.flow.world import CARD, NOON, PAGE, Visit, place, whole

ITEM = "sample-form"
_PURPOSE = {"zh-Hans": "试一试", "en": "To try"}


def _question(ident: str, field: dict[str, object]) -> dict[str, object]:
    title = {"zh-Hans": f"{ident} 是什么？", "en": f"What is {ident}?"}
    return {"id": ident, "kind": "question", "title": title, "fields": [{"purpose": _PURPOSE, **field}]}


@cache
def package() -> ServicePackage:
    """An item that asks for one of each."""
    files = skeleton(Wish(ITEM, "apply"))
    pages = files["layout.json"]["pages"]
    pages[1]["fields"][0] |= {"source": "licence.residence_permit.phone"}
    files["package.json"]["licences"] = [
        {"type": "residence_permit", "title": {"zh-Hans": "居住证", "en": "Residence permit"}, "why": _PURPOSE}
    ]
    title = {"zh-Hans": "算出来的", "en": "Worked out"}
    pages += [
        _question("home", {"path": "more.home", "part": "area:1", "within": "33"}),
        _question("nation", {"path": "more.nation", "part": "nation:1"}),
        _question("photo", {"path": "more.photo", "part": "file:1"}),
        _question("pin", {"path": "more.pin", "kind": "digits", "label": _PURPOSE, "sensitivity": "secret",
                          "retention": "none"}),
        _question("rent", {"path": "more.rent", "part": "money:1"}),
        {
            "id": "sum",
            "kind": "prefilled",
            "title": title,
            "fields": [
                {"path": "more.year", "part": "money:1", "purpose": _PURPOSE, "label": title,
                 "computed": {"*": [{"var": "more.rent"}, 12]}}
            ],
        },
    ]  # fmt: skip
    part = {"$ref": "urn:kiosk:part:money:1"}
    files["form.schema.json"]["properties"]["more"] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "home": {"$ref": "urn:kiosk:part:area:1"},
            "nation": {"$ref": "urn:kiosk:part:nation:1"},
            "photo": {"$ref": "urn:kiosk:part:file:1"},
            "pin": {"type": "string", "maxLength": 6},
            "rent": part,
            "year": part,
        },
    }
    proof = files["materials.json"]["materials"][0]
    proof["licence_type"] = "residence_permit"
    proof["ways"], proof["supplement_workdays"] = ["capture", "show_later", "supplement"], 10
    proof["checks"] = [
        {"code": "one_page", "rule": {"or": [{"!==": [{"var": "paper.way"}, "capture"]},
                                             {">=": [{"var": "paper.pages"}, 2]}]},
         "message": {"zh-Hans": "要拍两页。", "en": "Two pages are needed."}}
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        write(files, Path(folder) / ITEM)
        return load_package(Path(folder) / ITEM)


def at(page: str) -> Visit:
    """At this page of the form, the ones before it answered."""
    visit = Visit(whole(packages=(package(),))).to_identify(ITEM)
    visit.feed(CardRead(visit.session, CARD)).touch("action.next")
    visit.feed(Typed("applicant.phone", "13800005520")).touch("action.next")
    answers = {
        "home": ("choice.more.home.339900", "choice.more.home.339901", "action.next"),
        "nation": ("choice.more.nation.01", "action.next"),
        "photo": ("action.next",),
    }
    for name, touches in answers.items():
        if visit.state.page == page:
            return visit
        for touch in touches:
            while touch.startswith("choice.") and touch not in {key.name for key in visit.pressable()}:
                visit.touch("page.following")
            visit.touch(touch)
        assert visit.state.page != name
    if page != "pin":
        visit.feed(Typed("more.pin", "271828")).touch("action.next")
    if page not in ("pin", "rent"):
        visit.feed(Typed("more.rent", "1200")).touch("action.next")
    if page == "materials":
        visit.touch("action.next", "action.next")
    return visit


def submitted(visit: Visit) -> dict[str, Any]:
    """The case as it is sent."""
    effect = visit.effect(SubmitCase)
    assert isinstance(effect, SubmitCase)
    occasion = Occasion("ab" * 16, lambda: "YP0301-261123-0000000001", 7, NOON, True)
    body: dict[str, Any] = json.loads(
        build(effect.session, package(), place(), "zh-Hans", visit.state.context, occasion)[0][0].body
    )
    return body


def to_the_end(visit: Visit) -> Visit:
    """Papers shown later, signed, confirmed."""
    while visit.step == "materials":
        ways = [key.name for key in visit.pressable() if key.name.endswith(".show_later")]
        visit.touch(*ways, "action.next")
    assert visit.step == "precheck"
    return visit.touch("action.next").sign().touch("action.next", "action.next")


def test_place_is_chosen_level_by_level_and_only_the_last_is_an_answer() -> None:
    visit = at("home")
    body = visit.view.body
    assert isinstance(body, ListBody)
    while "choice.more.home.339900" not in {key.name for key in visit.pressable()}:
        visit.touch("page.following")
    visit.touch("choice.more.home.339900")
    assert visit.answer("more.home") is None
    assert "不在浙江省 云浦市" in next(key.label for key in visit.pressable() if key.name == "pick.up")
    visit.touch("choice.more.home.339901")
    assert visit.answer("more.home") == "339901"
    assert visit.view.lead == "您选的是：浙江省 云浦市 南岸区"


def test_going_back_to_a_place_stands_at_its_level_and_the_way_up_ends_where_it_may_be_chosen() -> None:
    visit = at("nation").touch("action.back")
    assert "choice.more.home.339905" in {key.name for key in visit.pressable()}
    visit.touch("pick.up")
    assert "pick.up" not in {key.name for key in visit.pressable()}
    assert visit.answer("more.home") == "339901"


def test_nation_is_one_of_the_list_and_is_read_by_its_name() -> None:
    visit = at("nation").touch("choice.more.nation.03")
    assert visit.answer("more.nation") == "03"
    assert visit.view.lead == "您选的是：回族"


def test_picture_is_taken_under_the_camera_named_by_its_hash_and_travels_once() -> None:
    visit = at("photo")
    assert isinstance(visit.view.body, ChoiceBody)
    visit.touch("picture.take")
    assert isinstance(visit.view.body, CaptureBody)
    assert isinstance(visit.effects[-1], CapturePage)
    visit.photograph().touch("capture.use")
    assert visit.state.page == "photo"
    assert visit.answer("more.photo") == f"sha256:{PAGE.sha256}"
    visit.touch("action.next").feed(Typed("more.pin", "271828")).touch("action.next")
    visit.feed(Typed("more.rent", "1200")).touch("action.next", "action.next", "action.next")
    body = submitted(to_the_end(visit))
    assert [entry["path"] for entry in body["attachments"]] == ["more.photo"]
    assert body["attachments"][0]["sha256"] == PAGE.sha256


def test_picture_that_is_not_wanted_any_more_leaves_nothing_behind() -> None:
    visit = at("photo").touch("picture.take").photograph().touch("capture.use", "picture.drop")
    assert visit.answer("more.photo") is None
    assert visit.state.session is not None
    assert not visit.state.session.papers
    visit.touch("picture.take", "capture.other")
    assert visit.state.page == "photo"


def test_second_picture_under_the_camera_is_not_offered_where_one_is_asked_for() -> None:
    visit = at("photo").touch("picture.take")
    visit.feed(DocumentCaptured(visit.session, PAGE))
    assert "capture.more" not in {key.name for key in visit.pressable()}


def test_secret_is_dots_on_the_page_and_absent_from_the_case() -> None:
    visit = at("pin").feed(Typed("more.pin", "271828"))
    body = visit.view.body
    assert isinstance(body, FormBody)
    assert body.fields[0].masked
    visit.touch("action.next").feed(Typed("more.rent", "1200")).touch("action.next", "action.next", "action.next")
    visit = to_the_end(visit)
    case = json.dumps(submitted(visit), ensure_ascii=False)
    assert "271828" not in case


def test_what_is_worked_out_is_shown_with_its_reason_and_cannot_be_typed() -> None:
    body = at("sum").view.body
    assert isinstance(body, RowsBody)
    row = body.rows[0]
    assert (row.value, row.source, row.key) == ("14400.00", "按您填的算出", None)


def test_paper_that_fails_the_windows_rule_is_named_with_the_reason_and_can_be_put_right() -> None:
    visit = at("materials")
    while visit.step == "materials" and "choice.material.proof.capture" not in {k.name for k in visit.pressable()}:
        visit.touch("action.next")
    visit.touch("choice.material.proof.capture", "action.next").photograph().touch("capture.use")
    assert visit.step == "precheck"
    body, primary = visit.view.body, visit.view.primary
    assert isinstance(body, RowsBody)
    assert primary is not None
    assert (body.rows[0].hint, primary.enabled) == ("要拍两页。", False)
    visit.touch("mend.proof", "choice.material.proof.show_later", "action.next")
    assert visit.step == "sign"


def test_paper_to_be_handed_in_later_travels_with_its_last_day() -> None:
    visit = at("materials")
    while "choice.material.proof.supplement" not in {key.name for key in visit.pressable()}:
        visit.touch("action.next")
    hint = next(key.hint for key in visit.pressable() if key.name == "choice.material.proof.supplement")
    assert "10 个工作日" in str(hint)
    visit.touch("choice.material.proof.supplement", "action.next")
    body = submitted(to_the_end(visit))
    paper = next(entry for entry in body["materials"] if entry["id"] == "proof")
    assert (paper["state"], paper["due_on"]) == ("supplement", "2026-12-07")


def test_licence_called_wrong_takes_no_papers_place_and_the_case_says_so() -> None:
    visit = Visit(whole(packages=(package(),)))
    visit.touch("action.start", "language.zh-Hans", "everyday.guide", f"item.{ITEM}", "action.next")
    visit.touch(next(k.name for k in visit.pressable() if k.name.startswith("choice.")), "action.next", "action.next")
    visit.touch("consent.privacy", "action.next", "consent.licence:residence_permit", "action.next")
    visit.feed(CardRead(visit.session, CARD))
    visit.feed(LicencesFound(visit.session, {"residence_permit": licence("residence_permit")}))
    visit.touch("action.next").feed(Typed("applicant.phone", "13800005520")).touch("action.next")
    for touch in ("choice.more.home.339900", "choice.more.home.339901"):
        while touch not in {key.name for key in visit.pressable()}:
            visit.touch("page.following")
        visit.touch(touch)
    visit.touch("action.next", "choice.more.nation.01", "action.next", "action.next")
    visit.feed(Typed("more.pin", "1")).touch("action.next").feed(Typed("more.rent", "1200"))
    visit.touch("action.next", "action.next")
    assert visit.step == "materials"
    visit.touch("contest.licence:residence_permit")
    overview = visit.view.body
    assert isinstance(overview, RowsBody)
    assert "要准备" in [row.tag for row in overview.rows]
    body = submitted(to_the_end(visit.touch("action.next")))
    assert [entry["place"] for entry in body["contests"]] == ["licence:residence_permit"]


def test_card_that_says_something_wrong_can_be_contested_and_taken_back() -> None:
    visit = Visit(whole(packages=(package(),))).to_identify(ITEM)
    visit.feed(CardRead(visit.session, CARD)).touch("contest.applicant.name")
    assert visit.state.session is not None
    assert set(visit.state.session.contests) == {"applicant.name"}
    visit.touch("contest.applicant.name")
    assert not visit.state.session.contests


def test_checklist_says_before_any_card_what_is_needed_and_can_be_taken_home() -> None:
    visit = Visit(whole(packages=(package(),)))
    visit.touch("action.start", "language.zh-Hans", "everyday.guide", f"item.{ITEM}", "action.next")
    visit.touch(next(k.name for k in visit.pressable() if k.name.startswith("choice.")), "action.next")
    assert visit.step == "checklist"
    assert visit.state.session is not None
    assert visit.state.session.subject is None
    visit.touch("slip.print")
    effect = visit.effect(PrintReceipt)
    assert isinstance(effect, PrintReceipt)
    assert effect.receipt.kind == "checklist"
    assert effect.receipt.ask_at[0]["zh-Hans"]
    visit.feed(ReceiptReady(visit.session, "s1", (), slip=True), PrintUpdate("s1", PrintOutcome.CONFIRMED))
    assert visit.state.session.slip_outcome == "confirmed"
    assert visit.state.session.print_outcome == "none"
