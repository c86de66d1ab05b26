"""The people and agencies behind a form: who else confirms, who is acted for, and what each agency receives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kiosk.forms.model import JSON, ActsFor, ChildItem, Party, PartyNeed
from kiosk.forms.paths import copied, get


def party_needs(party: Party, data: Mapping[str, JSON]) -> Iterator[PartyNeed]:
    """The party once, or once for each entry of its group. A name nobody answered yet is empty text."""
    if party.each is None:
        yield PartyNeed(party.id, party, _text(data, party.name), _text(data, party.number))
        return
    for index, row in enumerate(data.get(party.each, ())):
        yield PartyNeed(f"{party.id}.{index}", party, _text(row, party.name), _text(row, party.number))


def _text(data: Mapping[str, JSON], path: str) -> str:
    value = get(data, path)
    return value if isinstance(value, str) else ""


def may_see(need: PartyNeed, path: str) -> bool:
    """Whether the party may read an expanded path. Of the group it comes from it sees its own entry alone."""
    party = need.party
    seen = any(path == allowed or path.startswith(allowed + ".") for allowed in party.sees)
    if not seen or party.each is None or not path.startswith(party.each + "."):
        return seen
    return path.split(".")[1] == need.key.rpartition(".")[2]


def acted_for(acts_for: ActsFor | None, data: Mapping[str, JSON]) -> tuple[str, str | None, str] | None:
    """(name, number, role) of the one who is acted for; None when one acts for oneself or nobody said yet."""
    role = get(data, acts_for.role) if acts_for is not None else None
    if acts_for is None or not isinstance(role, str) or role in acts_for.own:
        return None
    number = _text(data, acts_for.number) if acts_for.number is not None else ""
    return _text(data, acts_for.name), number or None, role


def part_of(child: ChildItem, data: Mapping[str, JSON]) -> dict[str, JSON]:
    """What this agency receives of the one form, in the same shape; without a list of paths all of it."""
    if child.data is None:
        whole: dict[str, JSON] = copied(data)
        return whole
    found: dict[str, JSON] = {}
    for path in sorted(child.data):  # a path before what lies below it
        value = get(data, path)
        if value is None:
            continue
        *above, last = path.split(".")
        node = found
        for name in above:
            node = node.setdefault(name, {})
        node[last] = copied(value)
    return found
