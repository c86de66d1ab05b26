"""Materials and e-licences of a package."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kiosk.forms.loading.reading import Reading
from kiosk.forms.loading.words import checks
from kiosk.forms.model import LicenceOffer, Material
from kiosk.forms.rules import reads


def materials(reading: Reading) -> tuple[Material, ...]:
    """All of materials.json."""
    file = "materials.json"
    raw = reading.files[file]["materials"]
    reading.unique(file, "/materials", (m["id"] for m in raw), "material")
    for index, material in enumerate(raw):
        at = f"/materials/{index}"
        reading.check(file, f"{at}/relevant", material.get("relevant"), reading.all_paths)
        if material["issued_by_city"] and material["ways"]:
            raise reading.fail(file, f"{at}/ways", "what a city agency issued is never asked for, so there is no way")
        if not material["issued_by_city"] and not material["ways"]:
            raise reading.fail(file, f"{at}/ways", "a material that may be needed has at least one way")
        if material["ways"] == ["capture"]:
            raise reading.fail(file, f"{at}/ways", "not every terminal has a camera, so there is another way besides")
        if ("supplement" in material["ways"]) != ("supplement_workdays" in material):
            raise reading.fail(file, f"{at}/ways", "'supplement' and supplement_workdays belong together")
        licence = _licence_fields(reading, material.get("licence_type"))
        readable = {*reading.all_paths, "paper.way", "paper.pages", *licence}
        for number, check in enumerate(material.get("checks", ())):
            reading.check(file, f"{at}/checks/{number}/rule", check["rule"], readable)
            if {"paper", "licence"} <= {path.partition(".")[0] for path in reads(check["rule"])}:
                raise reading.fail(
                    file, f"{at}/checks/{number}/rule", "a check speaks of the paper or of the e-licence, not of both"
                )
    return tuple(
        Material(
            id=m["id"],
            title=m["title"],
            issuer=m["issuer"],
            issued_by_city=m["issued_by_city"],
            licence_type=m.get("licence_type"),
            ways=tuple(m["ways"]),
            hint=m.get("hint"),
            icon=m.get("icon"),
            relevant=m.get("relevant"),
            supplement_workdays=m.get("supplement_workdays"),
            checks=checks(m.get("checks", ())),
        )
        for m in raw
    )


def _licence_fields(reading: Reading, licence_type: str | None) -> Iterable[str]:
    """What a check may read of this licence: its days, and the fields that questions are bound to; no more is
    ever fetched."""
    if licence_type is None:
        return ()
    prefix = f"licence.{licence_type}."
    bound = (
        field.get("source", "") for page in reading.files["layout.json"]["pages"] for field in page.get("fields", ())
    )
    fields = (source.removeprefix(prefix) for source in bound if source.startswith(prefix))
    return ("licence.issued_on", "licence.valid_to", *(f"licence.{name}" for name in fields))


def licences(reading: Reading, head: Mapping[str, Any], materials: tuple[Material, ...]) -> tuple[LicenceOffer, ...]:
    """The licences that may be looked up; each that is used has to be offered, so that it can be consented to."""
    file, raw = "package.json", head.get("licences", ())
    reading.unique(file, "/licences", (entry["type"] for entry in raw), "licence")
    offered = {entry["type"] for entry in raw}
    used = {m.licence_type for m in materials if m.licence_type is not None and not m.issued_by_city}
    for page in reading.files["layout.json"]["pages"]:
        for field in page.get("fields", ()):
            if field.get("source", "").startswith("licence."):
                used.add(field["source"].split(".")[1])
    for name in sorted(used - offered):
        raise reading.fail(file, "/licences", f"licence {name!r} is looked up and not offered for consent")
    for name in sorted(offered - used):
        raise reading.fail(file, "/licences", f"licence {name!r} is offered and nothing uses it")
    return tuple(LicenceOffer(entry["type"], entry["title"], entry["why"]) for entry in raw)
