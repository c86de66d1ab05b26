"""Larger type, strong colours, low keys and buttons: chosen on any page, together, and gone with the visit."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta

from kiosk.domain.devices import CardRead
from kiosk.domain.modes import PLAIN, Modes
from kiosk.flow.effects import SubmitCase
from kiosk.flow.events import CatalogueLoaded, Touched, Typed
from kiosk.flow.view import DisplayOverlay, FieldView, FormBody, HomeBody, ListBody
from kiosk.services.casework import Occasion, build
from tests.flow.test_visit import renewal_to_sign
from tests.flow.world import CARD, NOON, PACKAGES, Visit, fresh, place


def home(state: object = None) -> Visit:
    visit = Visit(state) if state is not None else Visit()  # type: ignore[arg-type]
    return visit.touch("action.start", "language.zh-Hans")


def test_modes_are_chosen_together_and_the_page_stays() -> None:
    visit = home().touch("action.display")
    assert isinstance(visit.view.overlay, DisplayOverlay)
    visit.touch("mode.contrast", "mode.low_reach", "mode.elder", "mode.elder")
    assert visit.view.overlay.selected == {"mode.contrast", "mode.low_reach"}
    visit.touch("action.stay")
    assert visit.step == "home"
    assert visit.view.modes == Modes(contrast=True, low_reach=True)


def test_modes_end_with_the_visit_and_the_next_begins_as_the_site_wants_it() -> None:
    visit = home().touch("mode.elder", "action.exit")
    assert visit.step == "wiped"
    visit.wait(5)
    assert visit.state.modes == PLAIN
    seated = fresh(modes=Modes(low_reach=True))
    assert home(seated).view.modes == Modes(low_reach=True)


def test_nothing_typed_is_lost_when_a_mode_is_chosen_in_the_middle_of_a_form() -> None:
    visit = Visit().to_form()
    visit.touch("action.next", "choice.residence.kind.rent", "action.next")
    visit.touch(
        next(k.name for k in visit.pressable() if k.name.startswith("choice.residence.district.")), "action.next"
    )
    visit.feed(Typed("residence.address", "柳桥路77号"))
    visit.touch("action.display", "mode.elder", "mode.contrast", "action.language", "action.stay")
    assert visit.answer("residence.address") == "柳桥路77号"
    assert [field.value for field in fields(visit)] == ["柳桥路77号"]


def test_the_short_home_page_has_five_rows_and_leads_to_everything() -> None:
    usual = home()
    assert isinstance(usual.view.body, HomeBody)
    all_names = {key.name for key in usual.pressable() if key.name.startswith(("life.", "everyday.", "action.search"))}
    visit = home().touch("mode.elder")
    assert isinstance(visit.view.body, ListBody)
    assert len(visit.view.body.keys) == 5
    seen: set[str] = set()
    for _ in range(6):
        keys = {key.name: key for key in visit.pressable()}
        seen |= {name for name in keys if name in all_names}
        if "page.following" not in keys or not keys["page.following"].enabled:
            break
        visit.touch("page.following")
    assert seen == all_names
    visit.touch("action.back")
    assert "life.elder" in {key.name for key in visit.pressable()}


def test_with_larger_type_the_fields_of_a_page_are_asked_one_after_another() -> None:
    visit = home(fresh(modes=Modes(elder=True)))
    visit.touch("page.following")
    visit.feed(Touched("everyday.guide"))
    visit.touch("item.lease-filing", "action.next")
    visit.touch("choice.scenario.role.tenant", "action.next", "choice.scenario.use.home", "action.next", "action.next")
    visit.touch("consent.privacy", "action.next").feed(CardRead(visit.session, CARD))
    visit.touch("action.next").feed(Typed("landlord.name", "高远山")).touch("action.next")
    visit.touch("choice.home.district.nanan", "action.next")
    assert [field.path for field in fields(visit)] == ["home.address"]
    assert (visit.view.title, visit.view.lead) == (fields(visit)[0].label, "房子在哪里，有多大？")
    visit.touch("action.next")
    assert [field.error is not None for field in fields(visit)] == [True]
    visit.feed(Typed("home.address", "柳桥路77号")).touch("action.next")
    assert [field.path for field in fields(visit)] == ["home.area"]
    visit.touch("action.back")
    assert [field.value for field in fields(visit)] == ["柳桥路77号"]


def fields(visit: Visit) -> tuple[FieldView, ...]:
    assert isinstance(visit.view.body, FormBody)
    return visit.view.body.fields


def test_a_list_with_low_keys_has_three_entries_and_a_pager() -> None:
    visit = home(fresh(modes=Modes(low_reach=True))).touch("everyday.guide")
    assert isinstance(visit.view.body, ListBody)
    assert len(visit.view.body.keys) == 3
    assert visit.view.body.following is not None


def test_whoever_needs_a_mode_is_waited_for_twice_as_long() -> None:
    visit = home()
    visit.wait(59)
    assert visit.step == "home"
    visit.wait(1)
    assert visit.step == "idle"
    slow = home().touch("action.display", "mode.contrast", "action.stay")
    slow.wait(119)
    assert slow.step == "home"
    slow.wait(1)
    assert slow.step == "idle"


def test_the_warning_can_be_answered_at_least_ten_times() -> None:
    visit = home()
    for _ in range(10):
        visit.wait(70)
        assert visit.step == "idle"
        visit.touch("action.stay")
    assert visit.step == "home"


def test_modes_are_frozen_and_know_their_names() -> None:
    assert Modes().toggled("elder").toggled("keypad").on() == ("elder", "keypad")
    assert {field.name for field in dataclasses.fields(Modes)} == {"elder", "contrast", "low_reach", "keypad", "speech"}


def test_whoever_cannot_write_confirms_with_a_key_and_the_case_says_that_nobody_wrote() -> None:
    visit = renewal_to_sign()
    if visit.step == "precheck":
        visit.touch("action.next")
    visit.touch("declare.tick", "sign.instead", "action.next", "action.next")
    submitted = visit.effect(SubmitCase)
    assert isinstance(submitted, SubmitCase)
    package = visit.state.package
    assert package is not None
    occasion = Occasion("ab" * 16, lambda: "YP0301-261123-0000001000", 7, NOON, True)
    cases, _ = build(submitted.session, package, place(), "zh-Hans", visit.state.context, occasion)
    assert json.loads(cases[0].body)["declaration"]["signature"]["strokes"] == []


def test_nobody_starts_outside_the_hours_and_whoever_began_before_goes_on() -> None:
    # It is noon at the site.
    shut = Visit(fresh(hours=(13 * 60, 22 * 60))).wait(1)
    assert shut.step == "maintenance"
    shut.state = dataclasses.replace(shut.state, now=shut.state.now + timedelta(hours=1))
    assert shut.wait(1).step == "attract"
    shut.touch("action.start", "language.zh-Hans")
    shut.state = dataclasses.replace(shut.state, now=shut.state.now + timedelta(hours=10))
    assert shut.wait(1).step == "home"


def test_hours_may_go_past_midnight() -> None:
    assert Visit(fresh(hours=(22 * 60, 13 * 60))).wait(1).step == "attract"
    assert Visit(fresh(hours=(22 * 60, 6 * 60))).wait(1).step == "maintenance"


def test_a_place_offers_its_life_events_in_its_order_and_only_their_items() -> None:
    bank = fresh(life_events=("housing", "work"), packages=())
    visit = Visit(bank).feed(CatalogueLoaded(PACKAGES))
    visit.touch("action.start", "language.zh-Hans")
    tiles = [key.name for key in visit.pressable() if key.name.startswith("life.")]
    assert tiles == ["life.housing", "life.work"]
    offered = {package.life_event for package in visit.state.world.packages}
    assert offered == {"housing", "work", "everyday"}
