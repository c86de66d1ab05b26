"""Where things stand in the files of a package, and findings that point there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kiosk.authoring.findings import CODES, Finding
from kiosk.forms import Field, PackageBundle, PackageError, Page, ServicePackage
from kiosk.forms.bundle import line_of, parse_json


def page_key(page: Page) -> str:
    """The name of a page in its package: its id, for the pages of a group behind the path of the group."""
    return f"{page.repeat.path}.{page.id}" if page.repeat is not None and page.kind != "repeat" else page.id


def field_pattern(page: Page, field: Field) -> str:
    """The path of a field with ``*`` for the number of a group's entry."""
    return f"{page.repeat.path}.*.{field.path}" if page.repeat is not None else field.path


@dataclass(frozen=True, slots=True)
class FieldPlace:
    """A field with the page it stands on, its path (``*`` in groups) and its JSON pointer in layout.json."""

    path: str
    field: Field
    page: Page
    pointer: str


class Places:
    """The parsed files of one package and the JSON pointers of its pages and fields."""

    def __init__(self, bundle: PackageBundle, package: ServicePackage) -> None:
        self.bundle = bundle
        self.package = package
        self.files: Mapping[str, Any] = {name: parse_json(text, name) for name, text in bundle.files.items()}
        self.pages: dict[str, str] = {}
        self.fields: dict[str, FieldPlace] = {}
        pointers = self._page_pointers()
        for page in package.pages:
            at = self.pages[page_key(page)] = next(pointers)
            for number, field in enumerate(page.fields):
                path = field_pattern(page, field)
                self.fields[path] = FieldPlace(path, field, page, f"{at}/fields/{number}")

    def _page_pointers(self) -> Iterator[str]:
        """In the order in which the loader puts the pages: an overview, then the pages of its entries."""
        for index, page in enumerate(self.files["layout.json"]["pages"]):
            yield f"/pages/{index}"
            for number in range(len(page.get("repeat", {}).get("pages", ()))):
                yield f"/pages/{index}/repeat/pages/{number}"

    def finding(self, code: str, file: str, pointer: str, reason: str, mend: str | None = None) -> Finding:
        """A finding of a known code. A pointer whose last step is left out in the file points at what is above it."""
        text, at = self.bundle.files.get(file), pointer
        line = line_of(text, at) if text is not None else None
        while text is not None and line is None and at.count("/") > 1:
            at = at.rpartition("/")[0]
            line = line_of(text, at)
        known = CODES[code]
        return Finding(code, file, pointer, line, known.severity, reason, mend or known.mend)


def refusal(bundle: PackageBundle, error: PackageError) -> Finding:
    """What the loader refused, as a finding with a mend."""
    found = re.match(r"(?P<pointer>\S+)(?: \(line (?P<line>\d+)\))?$", error.place)
    pointer = found["pointer"] if found is not None else "/"
    line = int(found["line"]) if found is not None and found["line"] else None
    if error.place.startswith("line "):
        line = int(error.place[5:])
    code, mend = mend_of(error.reason, pointer)
    exact = _narrowed(bundle, error, pointer)
    if exact is not None:
        pointer, line = exact
    reason = _chain(bundle, error, pointer) if code == "cycle" else error.reason
    known = CODES[code]
    return Finding(code, error.file, pointer, line, known.severity, reason, mend or known.mend)


_TWICE = re.compile(r"'(?P<name>.*)' is there twice$")
_STRANGE = re.compile(r"'(?P<name>.*)' is not known here$")
_NAMED = ("id", "path", "value", "type", "name", "code", "title")
"""Keys by which the entry of a list is called."""


def _narrowed(bundle: PackageBundle, error: PackageError, pointer: str) -> tuple[str, int] | None:
    """A closer place than the loader's, with its line: the second of two of a name, or the key that is not known."""
    twice, strange = _TWICE.search(error.reason), _STRANGE.search(error.reason)
    if error.file not in bundle.files or (twice is None and strange is None):
        return None
    text = bundle.files[error.file]
    node: Any = parse_json(text, error.file)
    for step in pointer.split("/")[1:] if pointer != "/" else ():
        node = node[int(step)] if isinstance(node, list) else node[step.replace("~1", "/").replace("~0", "~")]
    at = ""
    if strange is not None and isinstance(node, dict):
        key = next((key for key in sorted(node) if key[:40] == strange["name"]), "")
        at = key.replace("~", "~0").replace("/", "~1")
    elif twice is not None and isinstance(node, list):
        called = [number for number, entry in enumerate(node) if twice["name"] in _names(entry)]
        at = str(called[1]) if len(called) > 1 else ""
    found = f"{pointer.rstrip('/')}/{at}"
    line = line_of(text, found) if at else None
    return (found, line) if line is not None else None


def _names(entry: Any) -> list[Any]:
    """What an entry of a list may be called by."""
    return [entry.get(key) for key in _NAMED] if isinstance(entry, dict) else [entry]


def mend_of(reason: str, pointer: str = "") -> tuple[str, str | None]:
    """The code of a loader's reason, and a mend where the place or the reason knows one."""
    if "does not have the form asked for" in reason:
        return "refused", _FORMS.get(pointer.rpartition("/")[2])
    return next((found for word, found in _REFUSED.items() if word in reason), ("refused", None))


_FORMS: Mapping[str, str] = {
    "source": "Write card.KEY, licence.TYPE.FIELD or record.FACT; docs/package-format.md lists the keys of a card.",
    "min_date": "Write today, today+30, today-7 or a day such as 2026-03-31, without spaces.",
    "max_date": "Write today, today+30, today-7 or a day such as 2026-03-31, without spaces.",
    "code": "Write the official code, only its figures and capital letters, whole.",
    "phone": "Write the telephone number in figures, such as 12345 or 0999-66010110.",
}
"""Last step of a pointer -> how what stands there is written."""
_NAMES = "package, guide, scenarios, layout, materials, offices, result, record, booking or decision.json"
_REFUSED: Mapping[str, tuple[str, str | None]] = {
    "is asked later than this rule needs it": ("cycle", None),
    "is asked twice": ("asked_twice", None),
    "translation '": ("translation", None),
    "at most 7 are allowed": ("too_many_options", None),
    "not an RE2 pattern": ("pattern", None),
    "a pattern is a text of at most": ("pattern", "Write a shorter pattern."),
    "nobody asks for": ("refused", "Ask for it in layout.json, or take it out of form.schema.json and of this place."),
    "is not in form.schema.json": ("refused", "Add the datum to form.schema.json, or correct the path."),
    "is not a path that this rule can read": (
        "refused",
        "Correct the path; a rule reads answers asked before it, today, and what docs/package-format.md lists.",
    ),
    "is outside the group": ("refused", None),
    "is there twice": ("refused", "Give one of the two another name."),
    "never asked for, so there is no way": ("refused", "Set 'ways' to []; the agency has the paper."),
    "has at least one way": ("refused", "List the ways a resident can give it, such as show_later."),
    "duplicate key": ("refused", "Leave one of the two out."),
    "UTF-8 BOM": (
        "refused",
        "Save the file as UTF-8 without BOM; in many editors that is called UTF-8, not UTF-8 BOM.",
    ),
    "not UTF-8": ("refused", "Save the file with the encoding UTF-8; it has another one, such as GBK."),
    "Invalid control character": ("refused", "Take the tab or the line break out of the text on this line."),
    "not JSON": (
        "refused",
        "Look at this line and the one before: a comma too many or missing, a Chinese comma, a comment, or a straight "
        "quote inside a text (write “ ” there).",
    ),
    "no file of this name belongs": (
        "refused",
        f"Take it out of the folder, or rename it: form.schema.json, {_NAMES}.",
    ),
    "is not the choices that are offered": (
        "refused",
        "Write under 'enum' the value of every option, in the order of the options.",
    ),
    "is not the slots of booking": ("refused", "Write under 'enum' every time of 'slots', in the same order."),
    "is offered and nothing uses it": (
        "refused",
        "Take it out of 'licences', or let a material (licence_type) or a field (source) use it.",
    ),
    "is looked up and not offered": (
        "refused",
        "Add it to 'licences' in package.json with title and why, so that the resident is asked first.",
    ),
    "must be of type integer": ("refused", "Write the figure without quotes."),
    "must be a whole number": ("refused", "Write the figure without quotes, such as 1."),
    "small letters, digits and single hyphens": ("refused", "Write the id like its folder: library-card."),
    "file is missing": ("refused", 'Add the file; an empty one still says what it lists, such as {"materials": []}.'),
    "is not known": ("refused", "Correct the word; docs/package-format.md lists those that are known."),
    "is missing": ("refused", "Add what is missing."),
    "characters long": ("refused", "Write it shorter."),
    "longer than the statutory time": ("deadline", None),
}
"""Word of a loader's reason -> code and mend; the first that fits."""


def _chain(bundle: PackageBundle, error: PackageError, pointer: str) -> str:
    """The reason with the chain of reads written out: who needs what, and what that in turn needs."""
    wanted = error.reason.partition("'")[2].partition("'")[0]
    readers = _reads_by_question(bundle)
    start = _question_at(bundle, error.file, pointer)
    chain, node = [start or pointer, wanted], wanted
    seen = {wanted}
    while node != start:
        below = [path for path in readers.get(node, ()) if path not in seen or path == start]
        if not below:
            break
        node = start if start in below else below[0]
        seen.add(node)
        chain.append(node)
    closes = "goes round in a circle" if node == start else "reads what is asked later"
    return f"{' -> '.join(chain)} {closes}: {error.reason}"


def _reads_by_question(bundle: PackageBundle) -> dict[str, tuple[str, ...]]:
    """Path of each question -> the paths its visibility reads. Unreadable rules read nothing."""
    from kiosk.forms.rules import check_rule, reads

    def of(*rules: Any) -> tuple[str, ...]:
        found: set[str] = set()
        for rule in rules:
            try:
                check_rule(rule)
                found |= {path.removeprefix("form.") for path in reads(rule)}
            except ValueError:
                continue
        return tuple(sorted(found))

    readers: dict[str, tuple[str, ...]] = {}
    for question in parse_json(bundle.files["scenarios.json"], "scenarios.json")["questions"]:
        readers[question["path"]] = of(question.get("relevant"))
    for page in parse_json(bundle.files["layout.json"], "layout.json")["pages"]:
        for field in page.get("fields", ()):
            readers[field["path"]] = of(page.get("relevant"), field.get("relevant"), field.get("computed"))
        group = page.get("repeat", {})
        for item in group.get("pages", ()):
            for field in item["fields"]:
                rules = (page.get("relevant"), item.get("relevant"), field.get("relevant"))
                readers[f"{group['path']}.*.{field['path']}"] = of(*rules)
    return readers


def _question_at(bundle: PackageBundle, file: str, pointer: str) -> str | None:
    """The path of the question that a pointer stands in: its own, or that of the first field of its page."""
    node: Any = parse_json(bundle.files[file], file)
    found: str | None = None
    for step in pointer.split("/")[1:]:
        if isinstance(node, dict) and isinstance(node.get("path"), str):
            found = node["path"]
        if isinstance(node, dict) and "fields" in node and step != "fields":
            found = node["fields"][0]["path"]
        node = node[int(step)] if isinstance(node, list) else node.get(step) if isinstance(node, dict) else None
    return found
