"""Load service packages: strict reading, each file against its JSON Schema, then what no schema can say.

A wrong package raises :class:`PackageError` with file, place and reason; :func:`load_packages` reports it and goes on.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from kiosk.forms import schema as schemas
from kiosk.forms.bundle import FILE_NAMES, bundle_from_folder, parse_json, printable
from kiosk.forms.loading import centre, form, papers, people, words
from kiosk.forms.loading.reading import Reading
from kiosk.forms.model import (
    ChildItem,
    Consent,
    DecisionRules,
    LoadReport,
    PackageBundle,
    PackageError,
    Page,
    ServicePackage,
)

MAX_PACKAGES = 2000

_in_use: WeakValueDictionary[tuple[bytes, Path], ServicePackage] = WeakValueDictionary()


def load_package(source: Path | PackageBundle, parts: Path = schemas.PARTS) -> ServicePackage:
    """A checked package from a folder or a bundle. Raises :class:`PackageError`.

    ``parts`` is the folder of the reusable parts that its fields name. Of a content that somebody still uses there is
    the one package: when a catalogue of hundreds changes in one item, one is checked.
    """
    bundle = source if isinstance(source, PackageBundle) else bundle_from_folder(source)
    known = (_content(bundle), parts)
    package = _in_use.get(known)
    if package is None:
        package = _in_use[known] = _load(Reading(bundle, schemas.parts_in(parts)))
    return package


def _content(bundle: PackageBundle) -> bytes:
    """A hash of whatever stands in it, canonical or not, checked or not."""
    found = hashlib.sha256()
    for text in (bundle.id, str(bundle.version), *(part for file in sorted(bundle.files.items()) for part in file)):
        data = text.encode("utf-8", "surrogatepass")
        found.update(len(data).to_bytes(8) + data)
    return found.digest()


def load_packages(folder: Path) -> LoadReport:
    """Every package folder below ``folder``, in name order.

    A bad one becomes an error whose file starts with its folder name; it never stops the others. Of two packages with
    one id the first stands.
    """
    packages: list[ServicePackage] = []
    errors: list[PackageError] = []
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if entry.is_symlink() or entry.is_dir())
    except OSError as error:
        return LoadReport((), (PackageError(folder.name, "/", f"cannot be read ({error.strerror})"),))
    if len(names) > MAX_PACKAGES:
        errors.append(PackageError(folder.name, "/", f"more than {MAX_PACKAGES} packages; the rest is left out"))
    known: set[str] = set()
    for name in names[:MAX_PACKAGES]:
        if name.startswith((".", "__")):
            continue
        try:
            package = load_package(folder / name)
            if package.id in known:
                raise PackageError("package.json", "/id", f"another package already has the id {package.id!r}")
        except PackageError as error:
            errors.append(PackageError(f"{printable(name)}/{error.file}", error.place, error.reason))
            continue
        known.add(package.id)
        packages.append(package)
    return LoadReport(tuple(packages), tuple(errors))


def _load(reading: Reading) -> ServicePackage:
    for name in FILE_NAMES:
        text = reading.bundle.files.get(name)
        if text is None:
            continue
        value = parse_json(text, name)
        if name != "form.schema.json":
            found = schemas.first_problem(schemas.file_validator(name), value)
            if found is not None:
                raise reading.fail(name, found.pointer, found.reason)
        reading.files[name] = value
    head = reading.files["package.json"]
    if head["id"] != reading.bundle.id or head["version"] != reading.bundle.version:
        raise reading.fail("package.json", "/id", "id and version are not those of the bundle")
    leaves = form.leaves(reading)
    offices = centre.offices(reading)
    scenarios = form.scenarios(reading, leaves)
    pages = form.pages(reading, leaves, offices.regions)
    centre.book_paths(reading, leaves)
    for path, leaf in leaves.items():
        if path not in reading.all_paths:
            raise reading.fail("form.schema.json", leaf.pointer, f"nobody asks for {path!r}")
    if offices.path is not None and reading.known.get(offices.path) != "region":
        raise reading.fail("offices.json", "/path", f"{offices.path!r} is not a region that is asked")
    form.rules_of_form(reading, pages)
    materials = papers.materials(reading)
    decision = centre.decision(reading)
    record = centre.record(reading)
    booking = centre.booking(reading)
    children = people.children(reading, head)
    parties = people.parties(reading, head)
    acts_for = people.acts_for(reading, head)
    _whole(reading, head, decision, children, pages)
    reading.unique("package.json", "/consents", (c["id"] for c in head["consents"]), "consent")
    return ServicePackage(
        id=head["id"],
        version=head["version"],
        sha256=reading.bundle.sha256,
        kind=head["kind"],
        code=head["code"],
        title=head["title"],
        short=head["short"],
        keywords=tuple(head["keywords"]),
        life_event=head["life_event"],
        agency=head["agency"],
        activities=tuple(head["activities"]),
        identify=tuple(head["identify"]),
        subject=head["subject"],
        devices=tuple(head["devices"]),
        guide=words.guide(reading.files["guide.json"]),
        scenarios=scenarios,
        pages=pages,
        materials=materials,
        consents=tuple(Consent(c["id"], c["title"], c["text"], c["required"]) for c in head["consents"]),
        declaration=head["declaration"],
        decision=decision,
        office_rules=offices,
        children=children,
        result=words.result(reading.files["result.json"]),
        schema=schemas.resolved(reading.files["form.schema.json"], reading.parts),
        icon=head.get("icon"),
        licences=papers.licences(reading, head, materials),
        acts_for=acts_for,
        parties=parties,
        record=record,
        booking=booking,
    )


def _whole(
    reading: Reading,
    head: Mapping[str, Any],
    decision: DecisionRules | None,
    children: tuple[ChildItem, ...],
    pages: tuple[Page, ...],
) -> None:
    """What must fit between the files."""
    file = "package.json"
    if (head["kind"] == "bundle") != bool(children):
        raise reading.fail(file, "/kind", "a bundle has children, and nothing else has")
    if head["kind"] == "certificate" and decision is None:
        raise reading.fail(file, "/kind", "a certificate needs decision.json")
    activities = head["activities"]
    if ("identify" in activities) != bool(head["identify"]):
        raise reading.fail(file, "/identify", "must name a way exactly when 'identify' is among the activities")
    if bool(reading.files["scenarios.json"]["questions"]) != ("scenario" in activities):
        raise reading.fail(file, "/activities", "'scenario' belongs here exactly when scenarios.json asks something")
    if bool(pages) != ("form" in activities):
        raise reading.fail(file, "/activities", "'form' belongs here exactly when layout.json has pages")
    if bool(reading.files["materials.json"]["materials"]) != ("materials" in activities):
        raise reading.fail(file, "/activities", "'materials' belongs here exactly when materials.json lists some")
    for name, file_name in (("lookup", "record.json"), ("book", "booking.json")):
        if (name in activities) != (file_name in reading.files):
            raise reading.fail(file, "/activities", f"{name!r} and {file_name} belong together")
    if ("parties" in activities) != ("parties" in head):
        raise reading.fail(file, "/activities", "'parties' belongs here exactly when parties are listed")
    if "lookup" in activities and "identify" not in activities[: activities.index("lookup")]:
        raise reading.fail(file, "/activities", "'lookup' comes after 'identify'")
    # A query files nothing; everything else ends in a case.
    wanted = ("consent", "lookup") if head["kind"] == "query" else ("consent", "submit", "result")
    for name in wanted:
        if name not in activities:
            raise reading.fail(file, "/activities", f"{name!r} is missing")
    if head["kind"] == "query" and "submit" in activities:
        raise reading.fail(file, "/activities", "a query files nothing, so there is no 'submit'")
    guide = reading.files["guide.json"]
    if guide["promised_workdays"] > guide["statutory_workdays"]:
        raise reading.fail("guide.json", "/promised_workdays", "is longer than the statutory time")
