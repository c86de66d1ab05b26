"""In what order a package asks, and what an answer still bears on from a place in that order on."""

from __future__ import annotations

import math
from dataclasses import dataclass

from kiosk.authoring.conditions import Condition
from kiosk.authoring.places import Places, field_pattern, page_key

_SHOWING = frozenset({"question", "page", "field"})


@dataclass(frozen=True, slots=True)
class Live:
    """What still bears on what comes: answers that are still to be read, and conditions that are decided already and
    show or hide something later.
    """

    paths: tuple[str, ...]
    decided: tuple[Condition, ...]


class Asking:
    """The asking order of one package. ``order`` has the place of each path (``*`` in groups), ``last`` for the id of
    each condition the place after which nothing bears on it.
    """

    def __init__(self, places: Places, conditions: tuple[Condition, ...]) -> None:
        self._places = places
        self._conditions = conditions
        self._live: dict[tuple[float, bool], Live] = {}
        self.order = self._asking_order()
        self.last = {id(condition): self._last_read(condition) for condition in conditions}

    def _asking_order(self) -> dict[str, int]:
        """Pattern -> place in asking order; a group and everything in it share one place."""
        found: dict[str, int] = {}
        for question in self._places.package.scenarios:
            found[question.path] = len(found)
        # What exists only when a source brought it is known before the first page.
        for path, one in self._places.fields.items():
            if one.field.only_prefilled:
                found[path] = len(found)
        for page in self._places.package.pages:
            if page.repeat is not None:
                place = found.setdefault(page.repeat.path, len(found))
                found.update((field_pattern(page, inside), place) for inside in page.fields)
            else:
                for asked in page.fields:
                    found.setdefault(asked.path, len(found))
        return found

    def _last_read(self, condition: Condition) -> float:
        """The place in asking order after which nothing more bears on the condition."""
        reads = [self.order.get(path, math.inf) for path in condition.reads]
        own = -1
        if condition.decides == "computed":
            return -1
        if condition.decides in ("decision", "paper"):
            # Tried at the end of a way, so what they read has to be told apart until then.
            return math.inf
        if condition.decides in ("page", "field", "check", "question", "cannot", "twice"):
            own = self.order.get(condition.owner, self._order_of_page(condition.owner))
        return max([-1, own, *reads])

    def _order_of_page(self, key: str) -> int:
        page = next((p for p in self._places.package.pages if page_key(p) == key), None)
        if page is None:
            return -1
        if page.repeat is not None:
            return self.order[page.repeat.path]
        return max(self.order[one.path] for one in page.fields)

    def live(self, order: float, answered: bool) -> Live:
        """What still bears on what comes, when the question at ``order`` is (or is not) answered."""
        found = self._live.get((order, answered))
        if found is None:
            now = order - (not answered)
            later = [c for c in self._conditions if self.last[id(c)] > now]
            decided = tuple(c for c in later if c.group is None and c.decides in _SHOWING and self._read_by(c) <= now)
            names = {p for c in later if c not in decided for p in c.reads}
            paths = sorted(p for p in names if self.order.get(p, math.inf) <= order)
            found = self._live[order, answered] = Live(tuple(paths), decided)
        return found

    def _read_by(self, condition: Condition) -> float:
        """The place in asking order where everything a condition reads has been asked."""
        return max((self.order.get(path, math.inf) for path in condition.reads), default=-1)
