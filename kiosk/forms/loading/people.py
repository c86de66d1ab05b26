"""Parties, whom one acts for, and the agencies of a bundle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kiosk.forms.loading.reading import Reading
from kiosk.forms.model import ActsFor, ChildItem, Figures, Party


def parties(reading: Reading, head: Mapping[str, Any]) -> tuple[Party, ...]:
    """Who else confirms; whoever is expected and whatever they read is asked for on some path."""
    file, raw = "package.json", head.get("parties", ())
    reading.unique(file, "/parties", (p["id"] for p in raw), "party")
    for index, party in enumerate(raw):
        at = f"/parties/{index}"
        reading.check(file, f"{at}/relevant", party.get("relevant"), reading.all_paths)
        prefix = f"{party['each']}.*." if "each" in party else ""
        if "each" in party and reading.known.get(party["each"]) != "list":
            raise reading.fail(file, f"{at}/each", f"{party['each']!r} is not a group")
        for key in ("name", "number"):
            reading.asked(file, f"{at}/{key}", prefix + party[key])
        for number, path in enumerate(party["sees"]):
            reading.asked(file, f"{at}/sees/{number}", path)
    return tuple(
        Party(
            id=p["id"],
            title=p["title"],
            name=p["name"],
            number=p["number"],
            identify=tuple(p["identify"]),
            confirms=p["confirms"],
            sees=tuple(p["sees"]),
            each=p.get("each"),
            later_workdays=p.get("later_workdays"),
            relevant=p.get("relevant"),
        )
        for p in raw
    )


def acts_for(reading: Reading, head: Mapping[str, Any]) -> ActsFor | None:
    """Whom one acts for, where the package asks that."""
    file, raw = "package.json", head.get("acts_for")
    if raw is None:
        return None
    if reading.known.get(raw["role"]) != "choice":
        raise reading.fail(file, "/acts_for/role", f"{raw['role']!r} is not a choice that is asked")
    for key in ("name", "number"):
        if key in raw:
            reading.asked(file, f"/acts_for/{key}", raw[key])
    if all(m["id"] != raw["authority"] for m in reading.files["materials.json"]["materials"]):
        raise reading.fail(file, "/acts_for/authority", f"{raw['authority']!r} is not in materials.json")
    return ActsFor(raw["role"], tuple(raw["self"]), raw["name"], raw.get("number"), raw["authority"])


def children(reading: Reading, head: Mapping[str, Any]) -> tuple[ChildItem, ...]:
    """The cases of a bundle."""
    file, raw = "package.json", head.get("children", [])
    reading.unique(file, "/children", (c["id"] for c in raw), "child item")
    reading.unique(file, "/children", (c["code"] for c in raw), "code of a child item")
    for index, child in enumerate(raw):
        reading.check(file, f"/children/{index}/relevant", child.get("relevant"), reading.all_paths)
        for number, path in enumerate(child.get("data", ())):
            if not any(known.startswith(path + ".") for known in reading.all_paths):
                reading.asked(file, f"/children/{index}/data/{number}", path)
        papers = {m["id"] for m in reading.files["materials.json"]["materials"]}
        for number, name in enumerate(child.get("materials", ())):
            if name not in papers:
                raise reading.fail(file, f"/children/{index}/materials/{number}", f"{name!r} is not in materials.json")
    return tuple(
        ChildItem(
            c["id"],
            c["code"],
            c["title"],
            c["agency"],
            c["promised_workdays"],
            c["statutory_workdays"],
            c.get("relevant"),
            c.get("item"),
            tuple(c["data"]) if "data" in c else None,
            tuple(c["materials"]) if "materials" in c else None,
            Figures(**c["alone"]) if "alone" in c else None,
        )
        for c in raw
    )
