"""What is laid aside comes back as it was, and what is no draft is told apart from one."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cbor2
import pytest

from kiosk.app.story.model import load_story
from kiosk.domain.parked import Claimed
from kiosk.domain.session import Draft, IntakeSession, Joining
from kiosk.flow.laying_aside import of_somebody, of_visit
from kiosk.flow.state import FlowState
from kiosk.services.draft import KEPT, VERSION, DraftUnreadable, from_bytes, to_bytes
from tests.flow.putting_by import at_the_form
from tests.flow.test_visit import renewal_to_review
from tests.flow.world import Visit, whole
from tests.journeys.flow_player import FlowPlayer

JOURNEYS = Path(__file__).resolve().parents[1] / "journeys"
STORIES = [
    JOURNEYS / f"{name}.toml"
    for name in (
        "paper_photographed",
        "party_here_signs",
        "restaurant_two_staff",
        "passport_shown",
        "citizen_code",
        "wedding_day_booked",
        "services/lease-filing",
        "services/senior-allowance",
        "services/real-estate-transfer",
        "services/provident-fund-withdrawal",
        "services/driving-licence-renewal",
    )
]


class Watched(FlowPlayer):
    """Remembers every state in which something could have been laid aside."""

    states: list[FlowState]

    def _feed(self, event: Any) -> None:
        super()._feed(event)
        if not hasattr(self, "states"):
            self.states = []
        if of_somebody(self.state) and (not self.states or self.states[-1].session is not self.state.session):
            self.states.append(self.state)


def as_kept(session: IntakeSession) -> dict[str, Any]:
    """What of a session has to come back."""
    kept = {name: getattr(session, name) for name in KEPT}
    for name in ("licence_state", "record_state"):
        kept[name] = "not_asked" if kept[name] == "asking" else kept[name]
    kept["licences_asked"] = frozenset(kept["licences_asked"]) & frozenset(kept["licences"])
    return kept


@pytest.mark.parametrize("file", STORIES, ids=lambda file: file.stem)
def test_every_session_of_a_journey_comes_back_from_its_bytes_as_it_was(file: Path) -> None:
    player = Watched(load_story(file))
    player.play()
    assert player.states
    for state in player.states:
        draft = of_visit(state)
        again = from_bytes(to_bytes(draft))
        assert as_kept(again.session) == as_kept(draft.session)
        assert to_bytes(again) == to_bytes(from_bytes(to_bytes(again)))
        assert dataclasses.replace(again, session=draft.session) == draft


def test_what_belongs_to_the_moment_is_left_behind() -> None:
    state = renewal_to_review(Visit(whole(parking=True))).state
    session = dataclasses.replace(
        state.here, joining=Joining("seller"), preview=b"jpeg", code="secret", claimed=Claimed("P", "t"), print_job="j"
    )
    again = from_bytes(to_bytes(of_visit(dataclasses.replace(state, session=session)))).session
    assert (again.joining, again.preview, again.code, again.print_job) == (None, b"", "", None)
    assert (again.package, again.started_mono) == (None, 0.0)
    assert again.claimed == Claimed("P", "t")


def draft() -> Draft:
    return of_visit(renewal_to_review(Visit(whole(parking=True))).state)


def test_same_draft_is_the_same_bytes() -> None:
    assert to_bytes(draft()) == to_bytes(draft())


def spoilt(raw: dict[str, Any]) -> Iterator[Any]:
    """Drafts that are almost one."""
    yield None
    yield []
    yield {**raw, "v": VERSION + 1}
    yield {name: value for name, value in raw.items() if name != "step"}
    yield {**raw, "more": 1}
    yield {**raw, "step": 7}
    yield {**raw, "changing": "yes"}
    yield {**raw, "item_version": True}
    session = raw["session"]
    for name in KEPT:
        yield {**raw, "session": {key: value for key, value in session.items() if key != name}}
        yield {**raw, "session": {**session, name: object_of_another_kind(session[name])}}
    yield {**raw, "session": {**session, "consents": {"privacy": "2026-11-23T04:00:00"}}}  # of no time zone
    yield {**raw, "session": {**session, "signature": {**session["signature"], "strokes": [[[1, 2, 3]]]}}}
    yield {**raw, "session": {**session, "licence_state": "maybe"}}
    yield {**raw, "session": {**session, "papers": {"lease": [{"media_type": "text/html"}]}}}


def object_of_another_kind(value: Any) -> Any:
    return 3.5 if not isinstance(value, float) else "text"


def test_draft_that_is_almost_one_is_told_and_never_half_read() -> None:
    raw = cbor2.loads(to_bytes(draft()))
    for wrong in spoilt(raw):
        with pytest.raises(DraftUnreadable):
            from_bytes(cbor2.dumps(wrong))


@pytest.mark.parametrize("seed", range(6))
def test_bytes_that_were_hurt_are_a_draft_or_unreadable_and_nothing_else(seed: int) -> None:
    chance, good = random.Random(seed), to_bytes(of_visit(at_the_form().state))
    for _ in range(300):
        bytes_ = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            bytes_[chance.randrange(len(bytes_))] = chance.randrange(256)
        hurt = bytes(bytes_[: chance.randint(1, len(bytes_))] if chance.random() < 0.3 else bytes_)
        try:
            assert isinstance(from_bytes(hurt), Draft)
        except DraftUnreadable as told:
            assert "339999" not in str(told)


def test_depth_without_end_is_unreadable() -> None:
    raw = cbor2.loads(to_bytes(draft()))
    deep: Any = "x"
    for _ in range(900):
        deep = [deep]
    path = next(iter(raw["session"]["answers"]))
    raw["session"]["answers"][path]["value"] = deep
    try:
        from_bytes(cbor2.dumps(raw))
    except DraftUnreadable as told:
        assert str(told)


def test_days_of_the_draft_keep_their_zone() -> None:
    session = from_bytes(to_bytes(draft())).session
    assert session.proof is not None
    assert session.proof.at.utcoffset() == timedelta(0)
    assert all(at > datetime(2026, 1, 1, tzinfo=UTC) for at in session.consents.values())
