"""What is asked, fetched and passed on: each datum once, nothing typed that is known, nobody told too much."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from kiosk.authoring.conditions import conditions
from kiosk.authoring.findings import Finding
from kiosk.authoring.places import Places
from kiosk.forms.model import is_text
from kiosk.forms.rules import reads

ONE_OF_EACH = frozenset({"name", "id_number", "phone", "uscc", "nation"})
"""Kinds of which one person or firm has one, whatever the label says."""
SEVERAL = frozenset({"address", "area", "date", "money"})
"""Kinds of which there may be several: the same label makes them the same datum."""
OF_A_PERSON = frozenset({"name", "id_number", "nation"})
"""Kinds of which two agencies may want those of two people."""
ON_THE_CARD = frozenset({"name", "number", "id_number", "birth", "birthday", "sex", "gender", "nation"})
"""Last names of paths that every ID card and citizen code brings."""
OWN = frozenset({"applicant", "person", "resident", "self"})
"""First names of paths that mean the person at the terminal."""


def findings(places: Places) -> Iterator[Finding]:
    """Everything about what is asked and who gets it."""
    yield from _typed_though_known(places)
    yield from _over_fetch(places)
    yield from _children(places)
    yield from _parties(places)


def _role(path: str) -> str:
    return path.rpartition(".")[0]


def twins(places: Places) -> Iterator[tuple[str, str]]:
    """Pairs of fields that ask for one datum if both are ever shown: the same kind, person and purpose; in a bundle
    also the same kind, label and purpose for two agencies.
    """
    known: dict[tuple[str, ...], str] = {}
    for path, place in places.fields.items():
        field = place.field
        if field.kind not in ONE_OF_EACH | SEVERAL or field.computed is not None:
            continue
        label = field.label["zh-Hans"] if field.kind in SEVERAL else ""
        first = known.setdefault((field.kind, _role(path), field.purpose["zh-Hans"], label), path)
        if first == path and field.kind not in OF_A_PERSON:
            first = known.setdefault((field.kind, field.label["zh-Hans"], field.purpose["zh-Hans"]), path)
            first = first if _for_others(places, first, path) else path
        if first != path:
            yield first, path


def _for_others(places: Places, first: str, second: str) -> bool:
    """Whether two data go to different agencies of a bundle, none of which gets both."""
    one, other = (
        {child.id for child in places.package.children if child.data is not None and _covers(child.data, path)}
        for path in (first, second)
    )
    return bool(one) and bool(other) and not one & other


def _covers(data: tuple[str, ...], path: str) -> bool:
    return any(path == entry or path.startswith(entry + ".") for entry in data)


def _typed_though_known(places: Places) -> Iterator[Finding]:
    package = places.package
    facts = {fact.name for fact in package.record.facts} if package.record is not None else set()
    carded = {_role(path) for path, p in places.fields.items() if (p.field.source or "").startswith("card.")}
    on_card = bool({"id_card", "citizen_qr"} & set(package.identify))
    for path, place in places.fields.items():
        last = path.rpartition(".")[2]
        if place.field.source is not None or place.field.computed is not None or place.page.repeat is not None:
            continue
        if on_card and last in ON_THE_CARD and _role(path) in carded | OWN:
            key = {"id_number": "number", "birthday": "birth", "gender": "sex"}.get(last, last)
            reason, source = f"{path!r} is typed, and the card says it", f"card.{key}"
        elif last in facts:
            reason, source = f"{path!r} is typed, and the register says it", f"record.{last}"
        else:
            continue
        mend = f'Give the field "source": "{source}" on a page of kind \'prefilled\'.'
        yield places.finding("typed_though_known", "layout.json", place.pointer, reason, mend)


def _over_fetch(places: Places) -> Iterator[Finding]:
    package = places.package
    if package.record is not None:
        used = {path for row in package.record.rows if not is_text(row.value) for path in reads(row.value)}
        used |= {path for row in package.record.rows for path in reads(row.relevant)}
        used |= {path for outcome in package.record.cannot for path in reads(outcome.rule)}
        sources = {(place.field.source or "").replace("record.", "facts.") for place in places.fields.values()}
        for index, fact in enumerate(package.record.facts):
            if f"facts.{fact.name}" not in used | sources:
                reason = f"the fact {fact.name!r} is fetched and nothing shows or reads it"
                yield places.finding("over_fetch", "record.json", f"/facts/{index}", reason)
    if package.decision is not None:
        used = {path for rule in package.decision.rules for path in reads(rule.when)}
        if package.decision.document is not None:
            rows = package.decision.document.rows
            used |= {path for row in rows if not is_text(row.value) for path in reads(row.value)}
        for index, fact in enumerate(package.decision.facts):
            if f"facts.{fact.name}" not in used:
                reason = f"the fact {fact.name!r} is fetched and no rule or row uses it"
                yield places.finding("over_fetch", "decision.json", f"/facts/{index}", reason)


def _children(places: Places) -> Iterator[Finding]:
    package = places.package
    for index, child in enumerate(package.children):
        missing = [name for name, given in (("data", child.data), ("materials", child.materials)) if given is None]
        if missing and (package.pages if "data" in missing else package.materials):
            reason = f"{child.id!r} does not say which {missing[0]} it receives, so its agency gets all of it"
            yield places.finding("child_gets_all", "package.json", f"/children/{index}", reason)
    if not package.children or any(child.data is None or child.materials is None for child in package.children):
        return
    data = tuple(path for child in package.children for path in child.data or ())
    read = {path for condition in conditions(places) for path in condition.reads}
    for path, place in places.fields.items():
        kept = place.field.retention == "case"
        if kept and not _covers(data, path) and path not in read and not (place.page.repeat and _covers(data, path)):
            reason = f"{path!r} is asked and no agency of the bundle receives it"
            yield places.finding("nobody_receives", "layout.json", place.pointer, reason)
    papers = {name for child in package.children for name in child.materials or ()}
    for index, material in enumerate(package.materials):
        if material.id not in papers and not material.issued_by_city:
            reason = f"the paper {material.id!r} is asked for and no agency of the bundle receives it"
            yield places.finding("nobody_receives", "materials.json", f"/materials/{index}", reason)


def strangers(places: Places, items: Collection[str]) -> Iterator[Finding]:
    """Children whose stand-alone package is none of ``items``."""
    for index, child in enumerate(places.package.children):
        if child.item is not None and child.item not in items:
            reason = f"{child.id!r} names the package {child.item!r}, and there is none of that id"
            yield places.finding("no_such_item", "package.json", f"/children/{index}/item", reason)


def _parties(places: Places) -> Iterator[Finding]:
    for index, party in enumerate(places.package.parties):
        prefix = f"{party.each}.*." if party.each is not None else ""
        for number, path in enumerate(party.sees):
            place = places.fields.get(path)
            if place is None or path in (prefix + party.name, prefix + party.number):
                continue
            if place.field.sensitivity in ("sensitive", "secret"):
                reason = f"{party.id!r} may read {path!r}, which is {place.field.sensitivity}"
                yield places.finding("party_sees", "package.json", f"/parties/{index}/sees/{number}", reason)
