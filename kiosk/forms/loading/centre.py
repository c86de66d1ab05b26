"""What the centre does with a package: offices, records, bookings, decisions."""

from __future__ import annotations

from collections.abc import Mapping

from kiosk.forms import schema as schemas
from kiosk.forms.loading.reading import Reading
from kiosk.forms.loading.words import office, option, outcomes
from kiosk.forms.model import (
    BookingRules,
    DecisionRule,
    DecisionRules,
    DocumentRowSpec,
    DocumentSpec,
    FactSpec,
    OfficeRules,
    RecordRowSpec,
    RecordSpec,
    ScenarioOutcome,
    is_text,
)


def offices(reading: Reading) -> OfficeRules:
    """All of offices.json."""
    raw = reading.files["offices.json"]
    regions = raw.get("regions", [])
    if ("path" in raw) != bool(regions):
        raise reading.fail("offices.json", "/", "path and regions belong together")
    reading.unique("offices.json", "/regions", (r["value"] for r in regions), "region")
    rules: Mapping[str, str] = raw.get("rules", {})
    kinds = {"integer": int, "boolean": bool, "string": str}
    for index, region in enumerate(regions):
        given = region.get("rules", {})
        for name in sorted({*rules, *given}):
            if name not in rules or name not in given or type(given[name]) is not kinds[rules[name]]:
                at = f"/regions/{index}"
                raise reading.fail(
                    "offices.json", at, f"rule {name!r} must stand in every region, as {rules.get(name)}"
                )
    return OfficeRules(
        path=raw.get("path"),
        regions=tuple(option(r) for r in regions),
        by_region={r["value"]: office(r["office"]) for r in regions},
        default=office(raw["default"]),
        rules=rules,
        values={r["value"]: r.get("rules", {}) for r in regions},
    )


def record(reading: Reading) -> RecordSpec | None:
    """All of record.json, where there is one."""
    file = "record.json"
    raw = reading.files.get(file)
    if raw is None:
        return None
    reading.unique(file, "/facts", (f["name"] for f in raw["facts"]), "fact")
    allowed = {f"facts.{f['name']}" for f in raw["facts"]}
    for index, row in enumerate(raw["rows"]):
        if not is_text(row["value"]):
            reading.check(file, f"/rows/{index}/value", row["value"], allowed)
        reading.check(file, f"/rows/{index}/relevant", row.get("relevant"), allowed)
    for index, outcome in enumerate(raw.get("cannot", ())):
        reading.check(file, f"/cannot/{index}/rule", outcome["rule"], allowed)
    return RecordSpec(
        facts=tuple(FactSpec(f["name"], f["kind"], f["title"]) for f in raw["facts"]),
        rows=tuple(RecordRowSpec(r["label"], r["value"], r.get("unit"), r.get("relevant")) for r in raw["rows"]),
        empty=ScenarioOutcome(None, raw["empty"]["reason"], raw["empty"]["elsewhere"]),
        lead=raw.get("lead"),
        cannot=outcomes(raw.get("cannot", ())),
    )


def booking(reading: Reading) -> BookingRules | None:
    """All of booking.json, where there is one."""
    file = "booking.json"
    raw = reading.files.get(file)
    if raw is None:
        return None
    if raw["first_workday"] > raw["last_workday"]:
        raise reading.fail(file, "/first_workday", "is later than last_workday")
    return BookingRules(
        day=raw["day"],
        slot=raw["slot"],
        first_workday=raw["first_workday"],
        last_workday=raw["last_workday"],
        slots=tuple(raw["slots"]),
        capacity=raw["capacity"],
        saturdays=raw.get("saturdays", False),
    )


def book_paths(reading: Reading, leaves: Mapping[str, schemas.Leaf]) -> None:
    """Day and time are asked by the calendar page, not by the form."""
    raw = reading.files.get("booking.json")
    if raw is None:
        return
    for name in ("day", "slot"):
        path = raw[name]
        leaf = leaves.get(path)
        if leaf is None or leaf.schema.get("type") != "string":
            raise reading.fail("booking.json", f"/{name}", f"{path!r} is not a text in form.schema.json")
        if path in reading.all_paths:
            raise reading.fail("booking.json", f"/{name}", f"{path!r} is asked twice")
        if name == "slot" and leaf.schema.get("enum") != raw["slots"]:
            raise reading.fail("form.schema.json", leaf.pointer, f"enum of {path!r} is not the slots of booking.json")
        reading.all_paths.add(path)
        reading.known[path] = "date" if name == "day" else "choice"


def decision(reading: Reading) -> DecisionRules | None:
    """All of decision.json, where there is one."""
    file = "decision.json"
    raw = reading.files.get(file)
    if raw is None:
        return None
    reading.unique(file, "/facts", (f["name"] for f in raw["facts"]), "fact")
    reading.unique(file, "/rules", (r["id"] for r in raw["rules"]), "rule")
    allowed = {f"facts.{f['name']}" for f in raw["facts"]} | {f"form.{path}" for path in reading.all_paths}
    for index, rule in enumerate(raw["rules"]):
        reading.check(file, f"/rules/{index}/when", rule["when"], allowed)
        if rule["id"] == "otherwise":
            raise reading.fail(file, f"/rules/{index}/id", "'otherwise' is the name of the last resort")
    document = raw.get("document")
    if document is None and any(r["outcome"] == "granted" for r in raw["rules"]):
        raise reading.fail(file, "/rules", "a granted decision needs a document")
    for index, row in enumerate(document["rows"] if document else ()):
        if not is_text(row["value"]):
            reading.check(file, f"/document/rows/{index}/value", row["value"], allowed)
    return DecisionRules(
        facts=tuple(FactSpec(f["name"], f["kind"], f["title"]) for f in raw["facts"]),
        rules=tuple(DecisionRule(r["id"], r["when"], r["outcome"], r["reason"]) for r in raw["rules"]),
        otherwise=DecisionRule("otherwise", True, raw["otherwise"]["outcome"], raw["otherwise"]["reason"]),
        document=None
        if document is None
        else DocumentSpec(
            document["title"],
            document["statement"],
            tuple(DocumentRowSpec(r["label"], r["value"], r.get("unit")) for r in document["rows"]),
            document.get("valid_workdays"),
        ),
        after_s=raw.get("after_s"),
    )
