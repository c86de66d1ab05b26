"""What a walk over every way has shown, said as findings."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.authoring.deciding import decisions_that_fall, stops_that_hold
from kiosk.authoring.findings import Finding
from kiosk.authoring.paths import Tally, Walker
from kiosk.authoring.places import Places, page_key
from kiosk.authoring.seen import Dead
from kiosk.forms import JSON, PaperGiven
from kiosk.forms.model import is_text
from kiosk.forms.paths import pattern_of
from kiosk.forms.rules import reads

MAX_QUESTIONS = 3
"""Questions before the checklist: more, and people give up before they know whether it can be done here."""
_PAGES = (1, 2, 4)
_TRIED_OUT = frozenset({"choice", "multi", "region", "date", "digits", "money"})
"""Kinds of which every answer, or one on each side of whatever a rule compares, is tried."""


def judge(walker: Walker, tally: Tally, complete: bool) -> Iterator[Finding]:
    """Every finding of a walk. What a walk that was given up has not seen is not said to be missing."""
    finding = walker.places.finding
    if not complete:
        reason = f"after {walker.steps} questions there were still ways not tried"
        yield finding("too_many_paths", "layout.json", "/pages", reason)
    yield from _dead(walker)
    yield from _unbuilt(walker)
    through = any(tally.ends[end] for end in ("submit", "answer", "hand-off"))
    if complete:
        stops = list(_cannot(walker))
        yield from stops
        blocked = walker.seen.dead or walker.seen.corrected or any(stop.code == "cannot_always" for stop in stops)
        if not through and not blocked:
            yield _no_way_through(walker)
        if through:
            yield from _unreachable(walker)
            yield from _people(walker)
            yield from _idle_checks(walker)
    yield from _questions(walker)
    yield from _papers(walker)
    yield from _facts(walker)
    yield from _costs(walker, tally, complete and through and not walker.seen.dead)


# ---- ways that end in nothing -----------------------------------------------------------------------------------


def _dead(walker: Walker) -> Iterator[Finding]:
    seen, places = walker.seen, walker.places
    never_right = {path: dead for path, dead in seen.corrected.items() if path not in seen.right}
    for pattern, dead in {**never_right, **seen.dead}.items():
        place = places.fields.get(pattern)
        if place is None:
            where = repr(pattern) if pattern else "the top"
            reason = f"the form is refused at the end for what stands, or is missing, at {where}{_led(dead)}"
            mend = "Under 'required' list only what is asked on every way; take out what a condition can hide."
            steps = pattern.split(".") if pattern else ()
            at = "".join("/items" if name == "*" else f"/properties/{name}" for name in steps)
            yield places.finding("dead_end", "form.schema.json", f"{at}/required", reason, mend)
            continue
        pointer = _check_of(places, dead) or place.pointer
        never = pattern in never_right or seen.dead_times[pattern] >= seen.asked[pattern] > 0
        locked = place.field.source is not None and not place.field.editable
        if dead.why:
            reason = f"no value was found that fits {pattern!r}{_led(dead)}: {dead.why}"
            mend = "Change the limits so that at least one value keeps all of them."
            yield places.finding("dead_end", "layout.json", pointer, reason, mend)
        elif locked:
            reason = f"what the source brings for {pattern!r} may fail, cannot be changed, and no help is named"
            mend = "Say in the message which counter or telephone helps, or let the value be changed."
            yield places.finding("dead_end", "layout.json", pointer, reason, mend)
        elif never:
            reason = f"no answer at {pattern!r} passes all its checks"
            yield places.finding("contradiction", "layout.json", pointer, reason)
        else:
            yield places.finding(
                "dead_end", "layout.json", pointer, f"no answer at {pattern!r} is accepted{_led(dead)}"
            )


def _check_of(places: Places, dead: Dead) -> str | None:
    """The JSON pointer in layout.json of the check that refuses; None where it is no check of a field."""
    refusing = places.fields.get(pattern_of(dead.error.path)) if dead.error is not None else None
    for number, check in enumerate(refusing.field.checks if refusing is not None else ()):
        if refusing is not None and dead.error is not None and dead.error.code == check.code:
            return f"{refusing.pointer}/checks/{number}"
    return None


def _no_way_through(walker: Walker) -> Finding:
    """Every way ends before the last page: at the questions, or at a check that sends everybody elsewhere."""
    promise = ", and guide.json says that it can be finished here" if walker.package.guide.can_finish_here else ""
    for pattern, dead in walker.seen.helped.items():
        at = _check_of(walker.places, dead)
        if at is not None:
            reason = f"{pattern!r} sends everybody elsewhere who comes so far{promise}"
            mend = "Let at least one answer pass, or say in guide.json that it cannot be finished here."
            return walker.places.finding("no_way_through", "layout.json", at, reason, mend)
    reason = f"every way ends in a 'cannot', so nobody can do this here{promise}"
    return walker.places.finding("no_way_through", "scenarios.json", "/questions", reason)


def _unbuilt(walker: Walker) -> Iterator[Finding]:
    for pattern in sorted(walker.seen.unbuilt):
        reason = f"could not build a value for {pattern!r}, so nobody knows whether one fits"
        yield walker.places.finding("no_sample", "layout.json", walker.places.fields[pattern].pointer, reason)


def _led(dead: Dead) -> str:
    shown = ", ".join(f"{path} = {_short(value)}" for path, value in dead.answers[:4])
    return f" after {shown}" if shown else ""


def _short(value: JSON) -> str:
    return str(value)[:24]


def _cannot(walker: Walker) -> Iterator[Finding]:
    seen = walker.seen
    for index, question in enumerate(walker.package.scenarios):
        for number, outcome in enumerate(question.cannot):
            fired, passed = id(outcome) in seen.fired, id(outcome) in seen.passed
            at = f"/questions/{index}/cannot/{number}/rule"
            if fired and not passed:
                reason = "this 'cannot' holds whatever is answered"
                yield walker.places.finding("cannot_always", "scenarios.json", at, reason)
            elif passed and not fired:
                reason = "this 'cannot' never holds, or another one always comes before it"
                yield walker.places.finding("cannot_never", "scenarios.json", at, reason)


# ---- what no way shows ------------------------------------------------------------------------------------------


def _unreachable(walker: Walker) -> Iterator[Finding]:
    seen, places, package = walker.seen, walker.places, walker.package
    finding = places.finding
    for index, question in enumerate(package.scenarios):
        if question.path not in seen.questions:
            reason = f"the question {question.path!r} is never asked"
            yield finding("unreachable", "scenarios.json", f"/questions/{index}/relevant", reason)
    for page in package.pages:
        key = page_key(page)
        if key not in seen.pages and not (
            page.repeat is not None and page.kind != "repeat" and _hidden(walker, page.repeat.path)
        ):
            at = f"{places.pages[key]}/relevant"
            yield finding("unreachable", "layout.json", at, f"the page {key!r} is never shown")
    for path, place in places.fields.items():
        if page_key(place.page) not in seen.pages:
            continue
        if path not in seen.fields:
            yield finding(
                "unreachable", "layout.json", f"{place.pointer}/relevant", f"the field {path!r} is never shown"
            )
            continue
        for number, option in enumerate(place.field.options):
            if (path, option.value) not in seen.options | seen.explained and place.field.kind != "region":
                at = f"{place.pointer}/options/{number}"
                reason = f"the answer {option.value!r} is refused whenever it is chosen"
                yield finding("unreachable", "layout.json", at, reason)
    for index, material in enumerate(package.materials):
        if material.relevant is not None and material.id not in seen.materials:
            reason = f"the material {material.id!r} is never needed"
            yield finding("unreachable", "materials.json", f"/materials/{index}/relevant", reason)
    for index, child in enumerate(package.children):
        if child.relevant is not None and child.id not in seen.children:
            reason = f"the child item {child.id!r} is never part of it"
            yield finding("unreachable", "package.json", f"/children/{index}/relevant", reason)
    for index, party in enumerate(package.parties):
        if party.relevant is not None and party.id not in seen.parties:
            reason = f"the party {party.id!r} never has to confirm"
            yield finding("unreachable", "package.json", f"/parties/{index}/relevant", reason)


def _idle_checks(walker: Walker) -> Iterator[Finding]:
    for condition in walker.conditions:
        path = condition.owner
        if condition.decides != "check" or path not in walker.seen.fields or condition.reads != {path}:
            continue
        place = walker.places.fields[path]
        check = place.field.checks[int(condition.pointer.rpartition("/")[2])]
        if place.field.kind in _TRIED_OUT and (path, check.code) not in walker.seen.refusing:
            reason = f"no answer was found that the check {check.code!r} of {path!r} refuses"
            yield walker.places.finding("check_idle", "layout.json", condition.pointer, reason)


def _hidden(walker: Walker, group: str) -> bool:
    """Whether the overview of a group is never shown, so that its pages need no finding of their own."""
    return all(
        page_key(p) not in walker.seen.pages
        for p in walker.package.pages
        if p.kind == "repeat" and p.repeat is not None and p.repeat.path == group
    )


def _people(walker: Walker) -> Iterator[Finding]:
    acts_for, places = walker.package.acts_for, walker.places
    if acts_for is not None and walker.seen.no_authority is not None:
        dead = walker.seen.no_authority
        reason = f"who acts for another is not asked for {acts_for.authority!r}{_led(dead)}"
        yield places.finding("authority", "package.json", "/acts_for/authority", reason)
    for first, second in sorted(walker.seen.twice):
        reason = f"{second!r} asks again for what {first!r} has asked"
        yield places.finding("asked_twice", "layout.json", places.fields[second].pointer, reason)


# ---- questions, papers, facts, costs ----------------------------------------------------------------------------


def _questions(walker: Walker) -> Iterator[Finding]:
    package, finding = walker.package, walker.places.finding
    if "checklist" in package.activities and walker.seen.most_questions > MAX_QUESTIONS:
        reason = f"{walker.seen.most_questions} questions are asked before the checklist"
        yield finding("too_many_questions", "scenarios.json", f"/questions/{MAX_QUESTIONS}", reason)
    used = {path for condition in walker.conditions for path in condition.reads}
    if package.decision is not None and package.decision.document is not None:
        rows = package.decision.document.rows
        used |= {p.removeprefix("form.") for row in rows if not is_text(row.value) for p in reads(row.value)}
    if package.acts_for is not None:
        used.add(package.acts_for.role)
    for index, question in enumerate(package.scenarios):
        if question.path not in used:
            reason = f"no condition reads the answer to {question.path!r}"
            yield finding("idle_question", "scenarios.json", f"/questions/{index}", reason)


def _papers(walker: Walker) -> Iterator[Finding]:
    """Materials whose own checks no paper can pass, on any of the ways met."""
    for index, material in enumerate(walker.package.materials):
        if not material.checks or material.issued_by_city or not walker.leaves:
            continue
        asked = False
        right = False
        for answers in walker.leaves:
            for way in material.ways:
                for pages in _PAGES if way == "capture" else (0,):
                    given = {material.id: PaperGiven(way, pages)}
                    for check in walker.engine.precheck(answers, {}, given, walker.ctx):
                        if check.material.id == material.id:
                            asked = True
                            right = right or check.state == "pass"
        if asked and not right:
            reason = f"the checks of {material.id!r} fail whichever way the paper is given"
            yield walker.places.finding("paper_never_right", "materials.json", f"/materials/{index}/checks", reason)


def _facts(walker: Walker) -> Iterator[Finding]:
    package, places, today = walker.package, walker.places, walker.ctx.today
    if package.decision is not None and walker.leaves:
        forms = [walker.engine.data(answers, walker.ctx) for answers in walker.leaves]
        fell = decisions_that_fall(package, package.decision, forms, today)
        for index, rule in enumerate(package.decision.rules):
            if rule.id not in fell:
                reason = f"the rule {rule.id!r} decides nothing: what it fits is decided before it, or it fits nothing"
                yield places.finding("decision_never", "decision.json", f"/rules/{index}/when", reason)
        grants = {rule.id for rule in package.decision.rules if rule.outcome == "granted"}
        if not grants & fell and package.decision.otherwise.outcome != "granted":
            reason = "no facts and no answers are granted anything"
            yield places.finding("never_granted", "decision.json", "/rules", reason)
    if package.record is not None and package.record.cannot:
        held = stops_that_hold(package.record, today, package.office_rules)
        for index in range(len(package.record.cannot)):
            if index not in held:
                reason = "this 'cannot' never holds, or another one always comes before it"
                yield places.finding("cannot_never", "record.json", f"/cannot/{index}/rule", reason)
        if -1 not in held:
            reason = "whatever the registers say, it ends here"
            yield places.finding("cannot_always", "record.json", "/cannot/0/rule", reason)


def _costs(walker: Walker, tally: Tally, whole: bool) -> Iterator[Finding]:
    package, default, finding = walker.package, walker.default, walker.places.finding
    if default is not None and default.touches > walker.touches.budget:
        reason = (
            f"the usual path takes {default.touches} touches; for {package.kind!r} {walker.touches.budget} are enough"
        )
        yield finding("too_many_touches", "package.json", "/activities", reason)
    now = package.guide.now
    if whole and now is not None and now.materials != tally.papers:
        reason = f"says {now.materials}; the path with the most papers needs {tally.papers}"
        yield finding("figures", "guide.json", "/now/materials", reason)
