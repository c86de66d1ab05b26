"""The review begins at its beginning, and a change returns to where it was made."""

from __future__ import annotations

import dataclasses

from tests.flow.test_visit import renewal_to_review
from tests.flow.world import Visit


def test_page_turned_in_a_list_before_does_not_turn_the_review() -> None:
    visit = renewal_to_review()
    visit.touch("action.back")
    visit.state = dataclasses.replace(visit.state, list_page=1)  # as the second page of the items leaves it
    visit.touch("action.next")
    assert visit.step == "review"
    assert visit.state.list_page == 0


def test_change_on_the_second_page_of_the_review_returns_there() -> None:
    visit: Visit = renewal_to_review().touch("page.following")
    line = next(key.name for key in visit.pressable() if key.name.startswith("change."))
    visit.touch(line, "action.next")
    while visit.step != "review":
        visit.touch("action.next")
    assert visit.state.list_page == 1
