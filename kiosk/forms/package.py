"""Load service packages: strict reading, each file against its JSON Schema, then what no schema can say.

A wrong package raises :class:`PackageError` with file, place and reason; :func:`load_packages` reports it and goes on.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from kiosk.forms import schema as schemas
from kiosk.forms.bundle import FILE_NAMES, bundle_from_folder, line_of, parse_json
from kiosk.forms.environment import RESERVED, is_day
from kiosk.forms.model import (
    JSON,
    ActsFor,
    BookingRules,
    ChildItem,
    Consent,
    DecisionRule,
    DecisionRules,
    DocumentRowSpec,
    DocumentSpec,
    FactSpec,
    Field,
    FieldCheck,
    Figures,
    Guide,
    Keyboard,
    LicenceOffer,
    LoadReport,
    Material,
    Office,
    OfficeRules,
    Option,
    PackageBundle,
    PackageError,
    Page,
    Party,
    RecordRowSpec,
    RecordSpec,
    Repeat,
    ResultText,
    ResultTexts,
    ScenarioOutcome,
    ScenarioQuestion,
    ServicePackage,
    Text,
    is_text,
)
from kiosk.forms.rules import RuleProblem, check_rule, reads

MAX_PACKAGES = 2000
_TYPES: dict[str, tuple[str, ...]] = {"multi": ("array",), "digits": ("string", "integer")}
_KEYBOARDS: Mapping[str, Keyboard] = {
    "id_number": "id",
    "uscc": "id",
    "phone": "digits",
    "date": "digits",
    "digits": "digits",
    "money": "digits",
}
PART_WORDS = frozenset(
    "kind label keyboard help example sensitivity retention required pattern_message checks depth within".split()
)
"""What a reusable part may bring to a field."""


def load_package(source: Path | PackageBundle) -> ServicePackage:
    """A checked package from a folder or a bundle. Raises :class:`PackageError`."""
    bundle = source if isinstance(source, PackageBundle) else bundle_from_folder(source)
    return _Loader(bundle).load()


def load_packages(folder: Path) -> LoadReport:
    """Every package folder below ``folder``, in name order.

    A bad one becomes an error whose file starts with its folder name; it never stops the others. Of two packages with
    one id the first stands.
    """
    packages: list[ServicePackage] = []
    errors: list[PackageError] = []
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if entry.is_dir() or entry.is_symlink())
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
            errors.append(PackageError(f"{name}/{error.file}", error.place, error.reason))
            continue
        known.add(package.id)
        packages.append(package)
    return LoadReport(tuple(packages), tuple(errors))


class _Loader:
    """One package being read. Holds the parsed files and knows how to point into them."""

    def __init__(self, bundle: PackageBundle) -> None:
        self.bundle = bundle
        self.files: dict[str, Any] = {}
        self.known: dict[str, str] = {}
        """Paths that rules may read, in the order they are asked -> kind."""
        self.all_paths: set[str] = set()

    def fail(self, file: str, at: str, reason: str) -> PackageError:
        """The error, with the line added where it can be found."""
        text = self.bundle.files.get(file)
        line = line_of(text, at) if text is not None else None
        return PackageError(file, f"{at} (line {line})" if line else at, reason)

    # ---- the way through ----------------------------------------------------------------------------------------

    def load(self) -> ServicePackage:
        for name in FILE_NAMES:
            text = self.bundle.files.get(name)
            if text is None:
                continue
            value = parse_json(text, name)
            if name != "form.schema.json":
                found = schemas.first_problem(schemas.file_validator(name), value)
                if found is not None:
                    raise self.fail(name, found.pointer, found.reason)
            self.files[name] = value
        head = self.files["package.json"]
        if head["id"] != self.bundle.id or head["version"] != self.bundle.version:
            raise self.fail("package.json", "/id", "id and version are not those of the bundle")
        leaves = self._leaves()
        offices = self._offices()
        scenarios = self._scenarios(leaves)
        pages = self._pages(leaves, offices.regions)
        self._book_paths(leaves)
        for path, leaf in leaves.items():
            if path not in self.all_paths:
                raise self.fail("form.schema.json", leaf.pointer, f"nobody asks for {path!r}")
        if offices.path is not None and self.known.get(offices.path) != "region":
            raise self.fail("offices.json", "/path", f"{offices.path!r} is not a region that is asked")
        self._rules_of_form(pages)
        materials = self._materials()
        decision = self._decision()
        record = self._record()
        booking = self._booking()
        children = self._children(head)
        parties = self._parties(head)
        acts_for = self._acts_for(head)
        self._whole(head, decision, children, pages)
        self._unique("package.json", "/consents", (c["id"] for c in head["consents"]), "consent")
        return ServicePackage(
            id=head["id"],
            version=head["version"],
            sha256=self.bundle.sha256,
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
            guide=_guide(self.files["guide.json"]),
            scenarios=scenarios,
            pages=pages,
            materials=materials,
            consents=tuple(Consent(c["id"], c["title"], c["text"], c["required"]) for c in head["consents"]),
            declaration=head["declaration"],
            decision=decision,
            office_rules=offices,
            children=children,
            result=_result(self.files["result.json"]),
            schema=self.files["form.schema.json"],
            icon=head.get("icon"),
            licences=self._licences(head, materials),
            acts_for=acts_for,
            parties=parties,
            record=record,
            booking=booking,
        )

    # ---- parts --------------------------------------------------------------------------------------------------

    def _leaves(self) -> dict[str, schemas.Leaf]:
        file = "form.schema.json"
        schema = self.files[file]
        if not isinstance(schema, dict) or schema.get("$schema") != "https://json-schema.org/draft/2020-12/schema":
            raise self.fail(file, "/", "must be a JSON Schema 2020-12 and say so in $schema")
        if schema.get("type") != "object":
            raise self.fail(file, "/", "type must be object")
        found: dict[str, schemas.Leaf] = {}
        try:
            for leaf in schemas.leaves(schema):
                if leaf.path.partition(".")[0] in RESERVED:
                    raise self.fail(file, leaf.pointer, f"the name {leaf.path.partition('.')[0]!r} is reserved")
                self._pattern(file, leaf)
                found[leaf.path] = leaf
        except schemas.SchemaRefused as error:
            raise self.fail(file, error.pointer, error.reason) from None
        from jsonschema import Draft202012Validator
        from jsonschema.exceptions import SchemaError

        try:
            Draft202012Validator.check_schema(schema)
        except SchemaError as error:
            raise self.fail(file, schemas.pointer(error.absolute_path), error.message[:160]) from None
        return found

    def _pattern(self, file: str, leaf: schemas.Leaf) -> None:
        pattern = leaf.schema.get("pattern")
        if pattern is None:
            return
        import re2

        where = leaf.pointer.rstrip("/") + "/pattern"
        if not isinstance(pattern, str) or len(pattern) > 300:
            raise self.fail(file, where, "a pattern is a text of at most 300 characters")
        options = re2.Options()
        options.log_errors = False
        options.max_mem = 1 << 20
        try:
            re2.compile(pattern, options)
        except re2.error as error:
            reason = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
            raise self.fail(file, where, f"not an RE2 pattern: {reason[:100]}") from None

    def _offices(self) -> OfficeRules:
        raw = self.files["offices.json"]
        regions = raw.get("regions", [])
        if ("path" in raw) != bool(regions):
            raise self.fail("offices.json", "/", "path and regions belong together")
        self._unique("offices.json", "/regions", (r["value"] for r in regions), "region")
        rules: Mapping[str, str] = raw.get("rules", {})
        kinds = {"integer": int, "boolean": bool, "string": str}
        for index, region in enumerate(regions):
            given = region.get("rules", {})
            for name in sorted({*rules, *given}):
                if name not in rules or name not in given or type(given[name]) is not kinds[rules[name]]:
                    at = f"/regions/{index}"
                    raise self.fail(
                        "offices.json", at, f"rule {name!r} must stand in every region, as {rules.get(name)}"
                    )
        return OfficeRules(
            path=raw.get("path"),
            regions=tuple(_option(r) for r in regions),
            by_region={r["value"]: _office(r["office"]) for r in regions},
            default=_office(raw["default"]),
            rules=rules,
            values={r["value"]: r.get("rules", {}) for r in regions},
        )

    def _scenarios(self, leaves: Mapping[str, schemas.Leaf]) -> tuple[ScenarioQuestion, ...]:
        file, found = "scenarios.json", []
        raw = self.files[file]["questions"]
        self._unique(file, "/questions", (q["path"] for q in raw), "question")
        for index, question in enumerate(raw):
            at = f"/questions/{index}"
            path = question["path"]
            if not path.startswith("scenario."):
                raise self.fail(file, f"{at}/path", "must start with 'scenario.'")
            self._unique(file, f"{at}/options", (o["value"] for o in question["options"]), "option")
            self._rule(file, f"{at}/relevant", question.get("relevant"))
            options = tuple(_option(o) for o in question["options"])
            self._schema_of(file, at, path, "choice", options, leaves)
            self.known[path] = "choice"
            self.all_paths.add(path)
            for number, outcome in enumerate(question.get("cannot", [])):
                self._rule(file, f"{at}/cannot/{number}/rule", outcome["rule"])
            found.append(
                ScenarioQuestion(
                    path=path,
                    title=question["title"],
                    options=options,
                    help=question.get("help"),
                    relevant=question.get("relevant"),
                    cannot=_outcomes(question.get("cannot", ())),
                    speech=question.get("speech"),
                )
            )
        return tuple(found)

    def _pages(self, leaves: Mapping[str, schemas.Leaf], regions: tuple[Option, ...]) -> tuple[Page, ...]:
        file = "layout.json"
        found: list[Page] = []
        raw = self.files[file]["pages"]
        for index, page in enumerate(raw):
            at = f"/pages/{index}"
            if page["kind"] == "repeat":
                found.extend(self._repeat(page, at, leaves, regions))
            else:
                found.append(self._page(page, at, "", leaves, regions, None))
        scoped = (f"{p.repeat.path}.{p.id}" if p.repeat and p.kind != "repeat" else p.id for p in found)
        self._unique(file, "/pages", scoped, "page")
        return tuple(found)

    def _repeat(
        self, page: Mapping[str, Any], at: str, leaves: Mapping[str, schemas.Leaf], regions: tuple[Option, ...]
    ) -> list[Page]:
        file, raw = "layout.json", page["repeat"]
        path = raw["path"]
        if raw["min"] > raw["max"]:
            raise self.fail(file, f"{at}/repeat/min", "is larger than max")
        leaf = leaves.get(path)
        if leaf is None or leaf.schema.get("type") != "array" or path in self.all_paths:
            raise self.fail(file, f"{at}/repeat/path", f"{path!r} is not a list of its own in form.schema.json")
        if (leaf.schema.get("minItems", 0), leaf.schema.get("maxItems")) != (raw["min"], raw["max"]):
            raise self.fail(file, f"{at}/repeat", "min and max are not minItems and maxItems of form.schema.json")
        self.all_paths.add(path)
        repeat = Repeat(path, raw["min"], raw["max"], raw["item_title"])
        overview = Page(
            id=page["id"],
            title=page["title"],
            fields=(),
            kind="repeat",
            help=page.get("help"),
            relevant=page.get("relevant"),
            repeat=repeat,
            devices=tuple(page.get("devices", ())),
            speech=page.get("speech"),
        )
        inner = [
            self._page({**item, "kind": "question"}, f"{at}/repeat/pages/{n}", f"{path}.*.", leaves, regions, repeat)
            for n, item in enumerate(raw["pages"])
        ]
        self.known[path] = "list"
        return [overview, *inner]

    def _page(
        self,
        page: Mapping[str, Any],
        at: str,
        prefix: str,
        leaves: Mapping[str, schemas.Leaf],
        regions: tuple[Option, ...],
        repeat: Repeat | None,
    ) -> Page:
        fields = []
        for number, raw in enumerate(page["fields"]):
            where = f"{at}/fields/{number}"
            raw = self._with_part(raw, where)
            if page["kind"] == "prefilled" and not {"source", "computed"} & set(raw):
                raise self.fail("layout.json", where, "a field of a prefilled page needs a source or is computed")
            if page["kind"] != "prefilled" and "computed" in raw:
                raise self.fail("layout.json", where, "what is computed is shown on a page of kind 'prefilled'")
            fields.append(self._field(raw, where, prefix, leaves, regions))
        choices = [f for f in fields if f.kind in ("choice", "multi", "region")]
        if page["kind"] == "question" and choices and len(fields) > 1:
            raise self.fail("layout.json", at, "a page with a choice asks nothing else")
        return Page(
            id=page["id"],
            title=page["title"],
            fields=tuple(fields),
            kind=page["kind"],
            help=page.get("help"),
            relevant=page.get("relevant"),
            repeat=repeat,
            devices=tuple(page.get("devices", ())),
            speech=page.get("speech"),
        )

    def _with_part(self, raw: Mapping[str, Any], at: str) -> Mapping[str, Any]:
        """The field with the words of its part, and what every field must say said."""
        name = raw.get("part")
        words: Mapping[str, Any] = {}
        if name is not None:
            part = schemas.part(f"urn:kiosk:part:{name}")
            if part is None:
                raise self.fail("layout.json", f"{at}/part", f"there is no part {name!r}")
            words = part["field"]
        merged = {"retention": "case", **words, **raw}
        for needed in ("kind", "label", "sensitivity"):
            if needed not in merged:
                raise self.fail("layout.json", at, f"{needed!r} is missing")
        merged.setdefault("keyboard", _KEYBOARDS.get(merged["kind"], "zh"))
        return merged

    def _field(
        self,
        raw: Mapping[str, Any],
        at: str,
        prefix: str,
        leaves: Mapping[str, schemas.Leaf],
        regions: tuple[Option, ...],
    ) -> Field:
        file, path, kind = "layout.json", prefix + raw["path"], raw["kind"]
        if path in self.all_paths:
            raise self.fail(file, f"{at}/path", f"{path!r} is asked twice")
        options = tuple(_option(o) for o in raw.get("options", ()))
        if kind == "region":
            if options or not regions:
                raise self.fail(file, at, "the choices of a region come from offices.json")
            options = regions
        elif (kind in ("choice", "multi")) != bool(options):
            raise self.fail(file, at, f"kind {kind!r} {'needs' if not options else 'takes no'} options")
        self._unique(file, f"{at}/options", (o.value for o in options), "option")
        leaf = self._schema_of(file, at, path, kind, options, leaves)
        self.all_paths.add(path)
        self.known[path] = kind
        source = raw.get("source")
        if prefix and source is not None:
            raise self.fail(file, f"{at}/source", "a field in a group has no source")
        if source is not None and raw.get("computed") is not None:
            raise self.fail(file, f"{at}/source", "a field is either computed or has a source")
        if source is not None and source.startswith("record.") and source[7:] not in self._record_facts():
            raise self.fail(file, f"{at}/source", f"{source[7:]!r} is not a fact of record.json")
        part = raw.get("part")
        if part is not None and leaf.get("$id") != f"urn:kiosk:part:{part}":
            raise self.fail(file, f"{at}/part", f"form.schema.json must name urn:kiosk:part:{part} at {path!r}")
        if kind == "file" and raw.get("required", True):
            raise self.fail(file, f"{at}/required", "not every terminal has a camera, so a picture is never required")
        if raw["sensitivity"] == "secret" and raw["retention"] != "none":
            raise self.fail(file, f"{at}/retention", "a secret is kept nowhere: retention must be 'none'")
        if raw.get("only_prefilled") and source is None:
            raise self.fail(file, f"{at}/only_prefilled", "needs a source")
        if raw.get("unique") and not prefix:
            raise self.fail(file, f"{at}/unique", "only a field in a group can be unique")
        default_length = {"long_text": 500, "address": 100, "name": 60}.get(kind, 50)
        uses_part = "pattern" in leaf and "$id" in leaf
        return Field(
            path=raw["path"],
            kind=kind,
            label=raw["label"],
            keyboard=raw["keyboard"],
            purpose=raw["purpose"],
            retention=raw["retention"],
            sensitivity=raw["sensitivity"],
            help=raw.get("help"),
            example=raw.get("example"),
            options=options,
            required=raw.get("required", True),
            max_length=leaf.get("maxLength", default_length),
            source=source,
            editable=raw.get("editable", True),
            only_prefilled=raw.get("only_prefilled", False),
            numeric=leaf.get("type") == "integer",
            unique=raw.get("unique", False),
            minimum=leaf.get("minimum"),
            maximum=leaf.get("maximum"),
            min_date=raw.get("min_date"),
            max_date=raw.get("max_date"),
            pattern=None if uses_part else leaf.get("pattern"),
            pattern_message=raw.get("pattern_message"),
            relevant=raw.get("relevant"),
            checks=_checks(raw.get("checks", ())),
            part=part,
            computed=raw.get("computed"),
            within=raw.get("within", ""),
            depth=raw.get("depth", "county"),
        )

    def _record_facts(self) -> set[str]:
        return {fact["name"] for fact in self.files.get("record.json", {}).get("facts", ())}

    def _schema_of(
        self,
        file: str,
        at: str,
        path: str,
        kind: str,
        options: tuple[Option, ...],
        leaves: Mapping[str, schemas.Leaf],
    ) -> Mapping[str, JSON]:
        """The datum a question fills; its type and choices must be those of the question."""
        leaf = leaves.get(path)
        if leaf is None:
            raise self.fail(file, f"{at}/path", f"{path!r} is not in form.schema.json")
        expected = _TYPES.get(kind, ("string",))
        if leaf.schema.get("type") not in expected:
            raise self.fail("form.schema.json", leaf.pointer, f"type of {path!r} must be {' or '.join(expected)}")
        enum = leaf.schema.get("items", {}).get("enum") if kind == "multi" else leaf.schema.get("enum")
        if options and enum != [o.value for o in options]:
            raise self.fail("form.schema.json", leaf.pointer, f"enum of {path!r} is not the choices that are offered")
        return leaf.schema

    def _rules_of_form(self, pages: tuple[Page, ...]) -> None:
        """Conditions may only read what was asked before, so that visibility can never go round in a circle."""
        file = "layout.json"
        before: set[str] = {q["path"] for q in self.files["scenarios.json"]["questions"]}
        everything = self.all_paths
        for index, raw in enumerate(self.files[file]["pages"]):
            at = f"/pages/{index}"
            self._check(file, f"{at}/relevant", raw.get("relevant"), before)
            if raw["kind"] != "repeat":
                for number, field in enumerate(raw["fields"]):
                    self._field_rules(file, f"{at}/fields/{number}", field, before, everything)
                    before.add(field["path"])
                continue
            base = raw["repeat"]["path"]
            outer = {f"form.{path}" for path in before}
            inner: set[str] = set()
            names = {p.removeprefix(f"{base}.*.") for p in everything if p.startswith(f"{base}.*.")}
            for n, item in enumerate(raw["repeat"]["pages"]):
                where = f"{at}/repeat/pages/{n}"
                self._check(file, f"{where}/relevant", item.get("relevant"), inner | outer)
                for number, field in enumerate(item["fields"]):
                    whole = names | {f"form.{path}" for path in everything}
                    self._field_rules(file, f"{where}/fields/{number}", field, inner | outer, whole)
                    inner.add(field["path"])
            before |= {base} | {f"{base}.*.{name}" for name in names}

    def _field_rules(
        self, file: str, at: str, field: Mapping[str, Any], before: set[str], everything: set[str]
    ) -> None:
        self._check(file, f"{at}/relevant", field.get("relevant"), before)
        self._check(file, f"{at}/computed", field.get("computed"), before)
        for number, check in enumerate(field.get("checks", ())):
            self._check(file, f"{at}/checks/{number}/rule", check["rule"], everything)

    def _rule(self, file: str, at: str, rule: JSON) -> None:
        """A rule that may read everything asked so far."""
        self._check(file, at, rule, set(self.known))

    def _check(self, file: str, at: str, rule: JSON, allowed: Iterable[str]) -> None:
        if rule is None:
            return
        try:
            check_rule(rule)
        except RuleProblem as error:
            raise self.fail(file, at + error.pointer, error.reason) from None
        names = set(allowed)
        for path in sorted(reads(rule)):
            if path in names or is_day(path) or path.removeprefix("region.") in self._region_rules(path, names):
                continue
            reason = "is not a path that this rule can read"
            if f"form.{path}" in names:
                reason = f"is outside the group; write {'form.' + path!r}"
            elif path.removeprefix("form.") in self.all_paths:
                reason = "is asked later than this rule needs it"
            raise self.fail(file, at, f"{path[:80]!r} {reason}")

    def _region_rules(self, path: str, allowed: set[str]) -> Iterable[str]:
        """The names a region gives values, once the region may be read; none for a path of another kind."""
        offices = self.files["offices.json"]
        chosen = offices.get("path")
        readable = chosen is not None and {chosen, f"form.{chosen}"} & allowed
        return offices.get("rules", ()) if path.startswith("region.") and readable else ()

    def _materials(self) -> tuple[Material, ...]:
        file = "materials.json"
        raw = self.files[file]["materials"]
        self._unique(file, "/materials", (m["id"] for m in raw), "material")
        for index, material in enumerate(raw):
            at = f"/materials/{index}"
            self._check(file, f"{at}/relevant", material.get("relevant"), self.all_paths)
            if material["issued_by_city"] and material["ways"]:
                raise self.fail(file, f"{at}/ways", "what a city agency issued is never asked for, so there is no way")
            if not material["issued_by_city"] and not material["ways"]:
                raise self.fail(file, f"{at}/ways", "a material that may be needed has at least one way")
            if material["ways"] == ["capture"]:
                raise self.fail(file, f"{at}/ways", "not every terminal has a camera, so there is another way besides")
            if ("supplement" in material["ways"]) != ("supplement_workdays" in material):
                raise self.fail(file, f"{at}/ways", "'supplement' and supplement_workdays belong together")
            licence = self._licence_fields(material.get("licence_type"))
            readable = {*self.all_paths, "paper.way", "paper.pages", *licence}
            for number, check in enumerate(material.get("checks", ())):
                self._check(file, f"{at}/checks/{number}/rule", check["rule"], readable)
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
                checks=_checks(m.get("checks", ())),
            )
            for m in raw
        )

    def _licence_fields(self, licence_type: str | None) -> Iterable[str]:
        """What a check may read of this licence: its days, and the fields that questions are bound to; no more is
        ever fetched."""
        if licence_type is None:
            return ()
        prefix = f"licence.{licence_type}."
        bound = (
            field.get("source", "") for page in self.files["layout.json"]["pages"] for field in page.get("fields", ())
        )
        fields = (source.removeprefix(prefix) for source in bound if source.startswith(prefix))
        return ("licence.issued_on", "licence.valid_to", *(f"licence.{name}" for name in fields))

    def _licences(self, head: Mapping[str, Any], materials: tuple[Material, ...]) -> tuple[LicenceOffer, ...]:
        """The licences that may be looked up; each that is used has to be offered, so that it can be consented to."""
        file, raw = "package.json", head.get("licences", ())
        self._unique(file, "/licences", (entry["type"] for entry in raw), "licence")
        offered = {entry["type"] for entry in raw}
        used = {m.licence_type for m in materials if m.licence_type is not None and not m.issued_by_city}
        for page in self.files["layout.json"]["pages"]:
            for field in page.get("fields", ()):
                if field.get("source", "").startswith("licence."):
                    used.add(field["source"].split(".")[1])
        for name in sorted(used - offered):
            raise self.fail(file, "/licences", f"licence {name!r} is looked up and not offered for consent")
        for name in sorted(offered - used):
            raise self.fail(file, "/licences", f"licence {name!r} is offered and nothing uses it")
        return tuple(LicenceOffer(entry["type"], entry["title"], entry["why"]) for entry in raw)

    def _record(self) -> RecordSpec | None:
        file = "record.json"
        raw = self.files.get(file)
        if raw is None:
            return None
        self._unique(file, "/facts", (f["name"] for f in raw["facts"]), "fact")
        allowed = {f"facts.{f['name']}" for f in raw["facts"]}
        for index, row in enumerate(raw["rows"]):
            if not is_text(row["value"]):
                self._check(file, f"/rows/{index}/value", row["value"], allowed)
            self._check(file, f"/rows/{index}/relevant", row.get("relevant"), allowed)
        for index, outcome in enumerate(raw.get("cannot", ())):
            self._check(file, f"/cannot/{index}/rule", outcome["rule"], allowed)
        return RecordSpec(
            facts=tuple(FactSpec(f["name"], f["kind"], f["title"]) for f in raw["facts"]),
            rows=tuple(RecordRowSpec(r["label"], r["value"], r.get("unit"), r.get("relevant")) for r in raw["rows"]),
            empty=ScenarioOutcome(None, raw["empty"]["reason"], raw["empty"]["elsewhere"]),
            lead=raw.get("lead"),
            cannot=_outcomes(raw.get("cannot", ())),
        )

    def _booking(self) -> BookingRules | None:
        file = "booking.json"
        raw = self.files.get(file)
        if raw is None:
            return None
        if raw["first_workday"] > raw["last_workday"]:
            raise self.fail(file, "/first_workday", "is later than last_workday")
        return BookingRules(
            day=raw["day"],
            slot=raw["slot"],
            first_workday=raw["first_workday"],
            last_workday=raw["last_workday"],
            slots=tuple(raw["slots"]),
            capacity=raw["capacity"],
            saturdays=raw.get("saturdays", False),
        )

    def _book_paths(self, leaves: Mapping[str, schemas.Leaf]) -> None:
        """Day and time are asked by the calendar page, not by the form."""
        raw = self.files.get("booking.json")
        if raw is None:
            return
        for name in ("day", "slot"):
            path = raw[name]
            leaf = leaves.get(path)
            if leaf is None or leaf.schema.get("type") != "string":
                raise self.fail("booking.json", f"/{name}", f"{path!r} is not a text in form.schema.json")
            if path in self.all_paths:
                raise self.fail("booking.json", f"/{name}", f"{path!r} is asked twice")
            if name == "slot" and leaf.schema.get("enum") != raw["slots"]:
                raise self.fail("form.schema.json", leaf.pointer, f"enum of {path!r} is not the slots of booking.json")
            self.all_paths.add(path)
            self.known[path] = "date" if name == "day" else "choice"

    def _parties(self, head: Mapping[str, Any]) -> tuple[Party, ...]:
        file, raw = "package.json", head.get("parties", ())
        self._unique(file, "/parties", (p["id"] for p in raw), "party")
        for index, party in enumerate(raw):
            at = f"/parties/{index}"
            self._check(file, f"{at}/relevant", party.get("relevant"), self.all_paths)
            prefix = f"{party['each']}.*." if "each" in party else ""
            if "each" in party and self.known.get(party["each"]) != "list":
                raise self.fail(file, f"{at}/each", f"{party['each']!r} is not a group")
            for key, kind in (("name", "name"), ("number", "id_number")):
                if self.known.get(prefix + party[key]) != kind and prefix + party[key] not in self.all_paths:
                    raise self.fail(file, f"{at}/{key}", f"nobody asks for {prefix + party[key]!r}")
            for number, path in enumerate(party["sees"]):
                if path not in self.all_paths:
                    raise self.fail(file, f"{at}/sees/{number}", f"nobody asks for {path!r}")
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

    def _acts_for(self, head: Mapping[str, Any]) -> ActsFor | None:
        file, raw = "package.json", head.get("acts_for")
        if raw is None:
            return None
        if self.known.get(raw["role"]) != "choice":
            raise self.fail(file, "/acts_for/role", f"{raw['role']!r} is not a choice that is asked")
        for key in ("name", "number"):
            if key in raw and raw[key] not in self.all_paths:
                raise self.fail(file, f"/acts_for/{key}", f"nobody asks for {raw[key]!r}")
        if all(m["id"] != raw["authority"] for m in self.files["materials.json"]["materials"]):
            raise self.fail(file, "/acts_for/authority", f"{raw['authority']!r} is not in materials.json")
        return ActsFor(raw["role"], tuple(raw["self"]), raw["name"], raw.get("number"), raw["authority"])

    def _decision(self) -> DecisionRules | None:
        file = "decision.json"
        raw = self.files.get(file)
        if raw is None:
            return None
        self._unique(file, "/facts", (f["name"] for f in raw["facts"]), "fact")
        self._unique(file, "/rules", (r["id"] for r in raw["rules"]), "rule")
        allowed = {f"facts.{f['name']}" for f in raw["facts"]} | {f"form.{path}" for path in self.all_paths}
        for index, rule in enumerate(raw["rules"]):
            self._check(file, f"/rules/{index}/when", rule["when"], allowed)
            if rule["id"] == "otherwise":
                raise self.fail(file, f"/rules/{index}/id", "'otherwise' is the name of the last resort")
        document = raw.get("document")
        if document is None and any(r["outcome"] == "granted" for r in raw["rules"]):
            raise self.fail(file, "/rules", "a granted decision needs a document")
        for index, row in enumerate(document["rows"] if document else ()):
            if not is_text(row["value"]):
                self._check(file, f"/document/rows/{index}/value", row["value"], allowed)
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

    def _children(self, head: Mapping[str, Any]) -> tuple[ChildItem, ...]:
        file, raw = "package.json", head.get("children", [])
        self._unique(file, "/children", (c["id"] for c in raw), "child item")
        self._unique(file, "/children", (c["code"] for c in raw), "code of a child item")
        for index, child in enumerate(raw):
            self._check(file, f"/children/{index}/relevant", child.get("relevant"), self.all_paths)
            for number, path in enumerate(child.get("data", ())):
                if not any(known == path or known.startswith(path + ".") for known in self.all_paths):
                    raise self.fail(file, f"/children/{index}/data/{number}", f"nobody asks for {path!r}")
            papers = {m["id"] for m in self.files["materials.json"]["materials"]}
            for number, name in enumerate(child.get("materials", ())):
                if name not in papers:
                    raise self.fail(file, f"/children/{index}/materials/{number}", f"{name!r} is not in materials.json")
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

    def _whole(
        self,
        head: Mapping[str, Any],
        decision: DecisionRules | None,
        children: tuple[ChildItem, ...],
        pages: tuple[Page, ...],
    ) -> None:
        """What must fit between the files."""
        file = "package.json"
        if (head["kind"] == "bundle") != bool(children):
            raise self.fail(file, "/kind", "a bundle has children, and nothing else has")
        if head["kind"] == "certificate" and decision is None:
            raise self.fail(file, "/kind", "a certificate needs decision.json")
        activities = head["activities"]
        if ("identify" in activities) != bool(head["identify"]):
            raise self.fail(file, "/identify", "must name a way exactly when 'identify' is among the activities")
        if bool(self.files["scenarios.json"]["questions"]) != ("scenario" in activities):
            raise self.fail(file, "/activities", "'scenario' belongs here exactly when scenarios.json asks something")
        if bool(pages) != ("form" in activities):
            raise self.fail(file, "/activities", "'form' belongs here exactly when layout.json has pages")
        if bool(self.files["materials.json"]["materials"]) != ("materials" in activities):
            raise self.fail(file, "/activities", "'materials' belongs here exactly when materials.json lists some")
        for name, file_name in (("lookup", "record.json"), ("book", "booking.json")):
            if (name in activities) != (file_name in self.files):
                raise self.fail(file, "/activities", f"{name!r} and {file_name} belong together")
        if ("parties" in activities) != ("parties" in head):
            raise self.fail(file, "/activities", "'parties' belongs here exactly when parties are listed")
        if "lookup" in activities and "identify" not in activities[: activities.index("lookup")]:
            raise self.fail(file, "/activities", "'lookup' comes after 'identify'")
        # A query files nothing; everything else ends in a case.
        wanted = ("consent", "lookup") if head["kind"] == "query" else ("consent", "submit", "result")
        for name in wanted:
            if name not in activities:
                raise self.fail(file, "/activities", f"{name!r} is missing")
        if head["kind"] == "query" and "submit" in activities:
            raise self.fail(file, "/activities", "a query files nothing, so there is no 'submit'")
        guide = self.files["guide.json"]
        if guide["promised_workdays"] > guide["statutory_workdays"]:
            raise self.fail("guide.json", "/promised_workdays", "is longer than the statutory time")

    def _unique(self, file: str, at: str, names: Iterable[str], what: str) -> None:
        seen: set[str] = set()
        for name in names:
            if name in seen:
                raise self.fail(file, at, f"{what} {name!r} is there twice")
            seen.add(name)


# ---- plain building ---------------------------------------------------------------------------------------------


def _checks(raw: Iterable[Mapping[str, Any]]) -> tuple[FieldCheck, ...]:
    return tuple(FieldCheck(c["code"], c["rule"], c["message"]) for c in raw)


def _outcomes(raw: Iterable[Mapping[str, Any]]) -> tuple[ScenarioOutcome, ...]:
    return tuple(ScenarioOutcome(o["rule"], o["reason"], o["elsewhere"]) for o in raw)


def _option(raw: Mapping[str, Any]) -> Option:
    return Option(raw["value"], raw["label"], raw.get("hint"), raw.get("icon"))


def _office(raw: Mapping[str, Any]) -> Office:
    return Office(raw["code"], raw["name"], raw["phone"], raw.get("address"), raw.get("hours"))


def _guide(raw: Mapping[str, Any]) -> Guide:
    def figures(name: Literal["before", "now"]) -> Figures | None:
        return Figures(**raw[name]) if name in raw else None

    def texts(name: str) -> tuple[Text, ...]:
        return tuple(raw.get(name, ()))

    return Guide(
        who=texts("who"),
        fee=raw["fee"],
        visits=raw["visits"],
        promised_workdays=raw["promised_workdays"],
        statutory_workdays=raw["statutory_workdays"],
        minutes=raw["minutes"],
        finish_here=raw["finish_here"],
        can_finish_here=raw["can_finish_here"],
        after=raw["after"],
        elsewhere=raw["elsewhere"],
        ask_at=raw["ask_at"],
        fee_note=raw.get("fee_note"),
        bring=texts("bring"),
        before=figures("before"),
        now=figures("now"),
    )


def _result(raw: Mapping[str, Any]) -> ResultTexts:
    return ResultTexts(
        by_status={status: ResultText(t["title"], t["body"]) for status, t in raw["by_status"].items()},
        next_steps=tuple(raw["next_steps"]),
        deliver=raw.get("deliver"),
    )
