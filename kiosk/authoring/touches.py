"""How many touches a way through an item takes: one for each choice, each field that is typed, each step on."""

from __future__ import annotations

from kiosk.forms import FieldRun, PageRun, ServicePackage

BUDGETS: dict[str, int] = {"query": 12, "certificate": 15, "bundle": 60}
"""Most touches on the usual path by kind of item. A query must be quicker than asking at the counter, a certificate
about as quick as buying a ticket; a bundle may take as long as the one paper form it replaces."""
BUDGET_OTHERWISE = 40

_FRAME = {
    "guide": 1,
    "checklist": 1,
    "identify": 1,
    "lookup": 1,
    "book": 3,
    "precheck": 1,
    "sign": 3,
    "review": 1,
    "submit": 0,
    "result": 1,
    "receipt": 1,
    "rate": 1,
}
"""Touches of an activity whatever the answers: mostly 'next'; a day, a time and 'next'; tick, signature and 'next'."""


class Touches:
    """What each thing costs in one package."""

    question = 2
    """A scenario question or a choice on its page: the choice and 'next'."""

    def __init__(self, package: ServicePackage) -> None:
        self._package = package
        self.budget = BUDGETS.get(package.kind, BUDGET_OTHERWISE)

    def of_field(self, run: FieldRun, page: PageRun) -> int:
        """Typing a field, and 'next' with the first field of its page. What is brought costs nothing but the look."""
        brought = run.field.source is not None or run.field.computed is not None
        on = page.fields[0].path == run.path
        return (0 if brought else 1) + on

    def of_entries(self, count: int, fewest: int) -> int:
        """Adding the entries of a group beyond the fewest, opening the fewest, and 'next' on the overview."""
        return max(count, fewest) + 1

    def of_papers(self, count: int) -> int:
        """Choosing how each needed paper is given, and 'next'."""
        return 2 * count

    def of_the_frame(self, papers: int) -> int:
        """Everything besides scenario and form: guide to rating, with one consent each and ``papers`` needed papers."""
        activities = self._package.activities
        found = sum(_FRAME.get(name, 0) for name in activities)
        if "consent" in activities:
            found += len(self._package.consents) + 1
            found += len(self._package.licences) + 1 if self._package.licences else 0
        return found + self.of_papers(papers)
