"""An open draft goes to a phone and back: by the code on the screen, for its owner alone, under a key of their own."""

from __future__ import annotations

import base64
from datetime import timedelta
from pathlib import Path

import pytest

from central import phone
from central.phone import Code, Refused, Work, give_back, take_over
from kiosk.domain.parked import CarryOn, read_carry_on, unlock
from kiosk.domain.sealing import SealingKey
from kiosk.domain.session import Draft, Subject
from kiosk.flow.laying_aside import to_park
from kiosk.services.draft import from_bytes
from kiosk.services.parking_desk import sealed_work
from tests.central.support import PERSONS, Running
from tests.central.test_parked import claim, park
from tests.central.test_sealed import public_keys
from tests.flow import putting_by


def put_by(centre: Running) -> str:
    """Lin's renewal, put by at a terminal in the middle of its form; the code on her screen."""
    draft = to_park(putting_by.at_the_form().state)
    key = SealingKey(public_keys(centre)[0].x)
    owner = Subject(PERSONS["lin"]["name"], PERSONS["lin"]["number"], {})
    parked, envelope = sealed_work(draft, owner, key, centre.clock.now)
    assert park(centre, parked.carry_on.parked_id, envelope).status == 201
    return parked.carry_on.code


def url(centre: Running) -> str:
    return f"http://{centre.client.host}:{centre.client.port}"


def server(centre: Running) -> phone.Centre:
    return phone.Centre(url(centre))


def taken_up(centre: Running, code: str) -> Draft:
    """What a terminal reads of it, strictly, with its own halves of the program."""
    carry_on = read_carry_on(code)
    assert isinstance(carry_on, CarryOn)
    answer = claim(centre, "lin", carry_on.parked_id).json
    plain = unlock(base64.b64decode(answer["work"]), carry_on, base64.urlsafe_b64decode(answer["half"] + "=="))
    assert plain is not None
    return from_bytes(plain)


def on_the_phone(centre: Running, code: str, person: str = "lin") -> Work:
    return take_over(server(centre), person, Code.read(code))


def test_what_was_begun_at_a_terminal_is_gone_on_with_by_phone_and_finished_at_another(centre: Running) -> None:
    work = on_the_phone(centre, put_by(centre))
    asked = {path: value for path, _, value in work.questions()}
    assert asked["scenario.permit"] == "valid"
    work.say("residence.kind", "rent")
    work.say("applicant.phone", "13800005520")
    back = taken_up(centre, str(give_back(server(centre), work)))
    assert back.session.answers["residence.kind"].value == "rent"
    assert back.session.answers["applicant.phone"].source == "typed"
    assert back.session.answers["applicant.name"].source == "card"
    assert (back.step, back.page) == ("form", "prefilled")


def test_after_it_went_back_the_old_code_leads_nowhere(centre: Running) -> None:
    code = put_by(centre)
    give_back(server(centre), on_the_phone(centre, code))
    with pytest.raises(Refused):
        on_the_phone(centre, code)


def test_nobody_elses_phone_opens_it(centre: Running) -> None:
    code = put_by(centre)
    with pytest.raises(Refused):
        on_the_phone(centre, code, "zhou")
    assert on_the_phone(centre, code).package.id == "residence-permit-renewal"


def test_a_code_with_another_half_opens_nothing(centre: Running) -> None:
    code = Code.read(put_by(centre))
    with pytest.raises(Refused, match="does not open"):
        on_the_phone(centre, str(Code(code.parked_id, bytes(16))))


@pytest.mark.parametrize("text", ["", "KP1.X.Y", "https://example.org", "KP1." + 16 * "0" + "." + 26 * "Z"])
def test_what_is_no_code_is_told_before_anything_is_asked(text: str) -> None:
    with pytest.raises(Refused, match="no code"):
        Code.read(text)


def test_a_wrong_answer_is_told_in_the_items_own_words_and_changes_nothing(centre: Running) -> None:
    work = on_the_phone(centre, put_by(centre))
    with pytest.raises(Refused, match=r"applicant\.phone"):
        work.say("applicant.phone", "123")
    with pytest.raises(Refused, match="not asked"):
        work.say("no.such.question", "x")
    assert "applicant.phone" not in work.answers()


def test_what_came_from_the_card_cannot_be_written_over(centre: Running) -> None:
    work = on_the_phone(centre, put_by(centre))
    with pytest.raises(Refused, match="stays as it is"):
        work.say("applicant.name", "王五")
    assert work.answers()["applicant.name"].source == "card"


def test_a_centre_that_is_lost_at_the_last_step_costs_nobody_the_new_code(
    centre: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(self: phone.Centre, method: str, path: str, body: object = None) -> dict[str, object]:
        if method == "DELETE":
            raise Refused("the centre cannot be reached")
        return asked(self, method, path, body)  # type: ignore[arg-type]

    asked = phone.Centre.ask
    work = on_the_phone(centre, put_by(centre))
    work.say("residence.kind", "rent")
    monkeypatch.setattr(phone.Centre, "ask", lost)
    code = give_back(server(centre), work)
    monkeypatch.undo()
    assert taken_up(centre, str(code)).session.answers["residence.kind"].value == "rent"


def test_work_that_is_over_is_over_on_the_phone_too(centre: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    code = put_by(centre)
    monkeypatch.setattr(centre.clock, "now", centre.clock.now + timedelta(days=9))
    with pytest.raises(Refused):
        on_the_phone(centre, code)


def test_without_the_centre_the_phone_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    fresh = str(Code.fresh())
    assert phone.main([fresh, "--as", "lin", "--centre", "http://127.0.0.1:9"]) == 1
    assert capsys.readouterr().err == "phone: the centre cannot be reached\n"


def test_the_command_shows_the_questions_and_a_code_to_go_back_with(
    centre: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [put_by(centre), "--as", "lin", "--centre", url(centre), "--say", "applicant.phone=13800005520"]
    assert phone.main(given) == 0
    out = capsys.readouterr().out
    assert "13800005520" in out
    assert taken_up(centre, out.split()[-1]).session.answers["applicant.phone"].value == "13800005520"


def test_the_phone_shares_no_line_with_the_terminal_but_the_forms() -> None:
    source = Path(phone.__file__).read_text("utf-8")
    assert [line for line in source.splitlines() if line.startswith(("from kiosk", "import kiosk"))] == [
        "from kiosk.forms import JSON, Answer, Context, FormEngine, PackageBundle, ServicePackage, load_package"
    ]
