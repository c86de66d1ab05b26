"""Frozen words of a service package and of what a resident answers.

Everything here is a value: no IO, no rule is evaluated, nothing heavy is imported. Texts are mappings language -> text
with the languages ``zh-Hans`` and ``en``. A rule is a JsonLogic value in the subset that :mod:`kiosk.forms.rules`
accepts; ``None`` as a rule means "always". Paths are dotted, with list indexes as numbers: ``applicant.name``,
``staff.0.id_number``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias

Text: TypeAlias = Mapping[str, str]
JSON: TypeAlias = Any
Rule: TypeAlias = Any

LANGUAGES: tuple[str, ...] = ("zh-Hans", "en")

ItemKind = Literal[
    "query",
    "certificate",
    "apply",
    "filing",
    "booking",
    "payment",
    "complaint",
    "name_check",
    "annual_check",
    "bundle",
]
SubjectKind = Literal["person", "enterprise", "organisation"]
PageKind = Literal["question", "prefilled", "repeat"]
FieldKind = Literal[
    "text",
    "long_text",
    "choice",
    "multi",
    "date",
    "id_number",
    "phone",
    "uscc",
    "name",
    "address",
    "digits",
    "money",
    "region",
    "area",
    "nation",
    "file",
]
Keyboard = Literal["zh", "latin", "digits", "id"]
Sensitivity = Literal["public", "personal", "sensitive", "secret"]
Source = Literal["typed", "card", "licence", "record", "citizen_code", "passport", "default", "computed"]
TrustLevel = Literal["A", "B", "C", "D"]
OutcomeKind = Literal["go", "cannot"]
MaterialState = Literal["waived_agency", "waived_licence", "needed", "not_needed"]
DecisionOutcome = Literal["granted", "refused", "referred"]


class PackageError(Exception):
    """A service package that must not be offered.

    ``file`` is the file inside the package, ``place`` a JSON pointer with the line where it is known (``/pages/2/title
    (line 41)``), ``reason`` says what is wrong. ``str()`` is ``FILE: PLACE: REASON``.
    """

    def __init__(self, file: str, place: str, reason: str) -> None:
        super().__init__(file, place, reason)
        self.file = file
        self.place = place
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.file}: {self.place}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a question; ``value`` is what goes into the data."""

    value: str
    label: Text
    hint: Text | None = None
    icon: str | None = None


@dataclass(frozen=True, slots=True)
class ScenarioOutcome:
    """A reasoned "cannot": when ``rule`` is true this machine stops here and says why and where else."""

    rule: Rule
    reason: Text
    elsewhere: Text


@dataclass(frozen=True, slots=True)
class ScenarioQuestion:
    """A question that needs no identity and decides the path. ``path`` starts with ``scenario.``."""

    path: str
    title: Text
    options: tuple[Option, ...]
    help: Text | None = None
    relevant: Rule = None
    cannot: tuple[ScenarioOutcome, ...] = ()
    speech: Text | None = None


@dataclass(frozen=True, slots=True)
class FieldCheck:
    """A rule over one or more fields that must be true; otherwise ``message`` is shown at the field that carries it."""

    code: str
    rule: Rule
    message: Text


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that is asked. Inside a repeat ``path`` is relative to the item.

    ``source`` binds a prefill: ``card.KEY`` or ``licence.TYPE.FIELD``. ``only_prefilled`` fields exist only when a
    source filled them, so a card without an address never leaves an empty line behind. ``numeric`` digits stand in the
    data as a whole number from ``minimum`` to ``maximum``. ``min_date``, ``max_date`` are ISO dates, ``today``, or
    ``today+N``, ``today-N`` in days. In a repeat, a ``unique`` value may stand in one item only. ``part`` names the
    reusable part (``phone:1``) that brought the words. ``computed`` is a rule that gives the value; nobody is asked
    then. An ``area`` is chosen below the code ``within``, down to ``depth``.
    """

    path: str
    kind: FieldKind
    label: Text
    keyboard: Keyboard
    purpose: Text
    retention: str
    sensitivity: Sensitivity
    help: Text | None = None
    example: Text | None = None
    options: tuple[Option, ...] = ()
    required: bool = True
    max_length: int = 50
    source: str | None = None
    editable: bool = True
    only_prefilled: bool = False
    numeric: bool = False
    unique: bool = False
    minimum: int | None = None
    maximum: int | None = None
    min_date: str | None = None
    max_date: str | None = None
    pattern: str | None = None
    pattern_message: Text | None = None
    relevant: Rule = None
    checks: tuple[FieldCheck, ...] = ()
    part: str | None = None
    computed: Rule = None
    within: str = ""
    depth: Literal["province", "city", "county"] = "county"


@dataclass(frozen=True, slots=True)
class Repeat:
    """A group that is answered ``min`` to ``max`` times (``max`` <= 50); ``path`` is the list in the data."""

    path: str
    min: int
    max: int
    item_title: Text


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the form.

    ``kind == "repeat"`` is the overview of a group (no fields, ``repeat`` set); a ``question`` page with ``repeat`` set
    is asked once per item and its field paths are relative to the item.
    """

    id: str
    title: Text
    fields: tuple[Field, ...]
    kind: PageKind = "question"
    help: Text | None = None
    relevant: Rule = None
    repeat: Repeat | None = None
    devices: tuple[str, ...] = ()
    speech: Text | None = None


@dataclass(frozen=True, slots=True)
class FieldRun:
    """A field on a page that is shown now, with its expanded path.

    ``value`` is what came out of a ``computed`` field (None: nothing yet); it has no answer in the answer set, cannot
    be edited and is never required. Of every other field ``value`` is None: its answer has it.
    """

    path: str
    field: Field
    required: bool
    editable: bool
    value: JSON = dataclasses.field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class PageRun:
    """A page that is shown now. ``key`` is the page id, or ``REPEATPATH.INDEX.PAGEID`` for item number ``index``."""

    key: str
    page: Page
    index: int | None
    fields: tuple[FieldRun, ...]


@dataclass(frozen=True, slots=True)
class Material:
    """A paper that an office wants to see; ``ways`` are how a needed one is satisfied: ``show_later``, ``promise``
    (告知承诺), ``capture``, ``supplement`` (容缺: handed in within ``supplement_workdays``, by a code on the receipt).

    ``checks`` are the window's own rules over the paper: they read the answers, ``paper.way``, ``paper.pages`` and of
    an e-licence ``licence.issued_on``, ``licence.valid_to`` and ``licence.FIELD``.
    """

    id: str
    title: Text
    issuer: Text
    issued_by_city: bool
    licence_type: str | None
    ways: tuple[str, ...]
    hint: Text | None = None
    icon: str | None = None
    relevant: Rule = None
    supplement_workdays: int | None = None
    checks: tuple[FieldCheck, ...] = ()


@dataclass(frozen=True, slots=True)
class PaperGiven:
    """How one material was given: the ``way`` that was chosen (None: not yet) and the pages photographed here."""

    way: str | None = None
    pages: int = 0


@dataclass(frozen=True, slots=True)
class MaterialCheck:
    """What the pre-check says of one material: ``open`` as long as no way was chosen."""

    material: Material
    state: Literal["pass", "fail", "open"]
    code: str | None = None
    message: Text | None = None


@dataclass(frozen=True, slots=True)
class LicenceOffer:
    """An e-licence that may be looked up for this item, and what for; each needs its own consent."""

    type: str
    title: Text
    why: Text


@dataclass(frozen=True, slots=True)
class Licence:
    """An e-licence that the library found for this person. ``valid_to`` None = no end."""

    type: str
    number: str = field(repr=False)
    issuer: Text
    issued_on: date | None
    valid_to: date | None
    fields: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class MaterialNeed:
    """What happens to one material on this path."""

    material: Material
    state: MaterialState
    licence: Licence | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """A consent asked on its own."""

    id: str
    title: Text
    text: Text
    required: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """What a way of doing it costs a resident: number of papers, trips, working days, forms."""

    materials: int
    visits: int
    workdays: int
    forms: int


@dataclass(frozen=True, slots=True)
class Guide:
    """What a resident reads before starting. Days are working days; ``minutes`` is the usual time at the machine."""

    who: tuple[Text, ...]
    fee: Text
    visits: int
    promised_workdays: int
    statutory_workdays: int
    minutes: int
    finish_here: Text
    can_finish_here: bool
    after: Text
    elsewhere: Text
    ask_at: Text
    fee_note: Text | None = None
    bring: tuple[Text, ...] = ()
    before: Figures | None = None
    now: Figures | None = None


@dataclass(frozen=True, slots=True)
class ActsFor:
    """Whom the person at the terminal acts for: at ``role`` stands how, ``own`` are the values that mean oneself;
    otherwise ``name`` and ``number`` are the other's, and the material ``authority`` is asked for.
    """

    role: str
    own: tuple[str, ...]
    name: str
    number: str | None
    authority: str


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody else who has to confirm with an identity of their own, here or later.

    ``name`` and ``number`` are paths of who is expected (inside each entry of the group ``each``, where there is one).
    ``sees`` are the paths this person may read; everything else stays hidden. ``later_workdays`` None: only here.
    """

    id: str
    title: Text
    name: str
    number: str
    identify: tuple[str, ...]
    confirms: Text
    sees: tuple[str, ...]
    each: str | None = None
    later_workdays: int | None = None
    relevant: Rule = None


@dataclass(frozen=True, slots=True)
class PartyNeed:
    """A party on this path; ``key`` is the party's id, or ``ID.INDEX`` for an entry of a group."""

    key: str
    party: Party
    name: str = field(repr=False)
    number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ChildItem:
    """One case of a bundle: its own code, agency and deadline. ``relevant`` None = always part of it.

    ``data`` and ``materials`` are what this agency receives of the one form (None: all of it). ``alone`` is what the
    item costs a resident when it is done by itself; ``item`` names the stand-alone package where there is one.
    """

    id: str
    code: str
    title: Text
    agency: Text
    promised_workdays: int
    statutory_workdays: int
    relevant: Rule = None
    item: str | None = None
    data: tuple[str, ...] | None = None
    materials: tuple[str, ...] | None = None
    alone: Figures | None = None


@dataclass(frozen=True, slots=True)
class Office:
    """The office that receives the case."""

    code: str
    name: Text
    phone: str
    address: Text | None = None
    hours: Text | None = None


@dataclass(frozen=True, slots=True)
class OfficeRules:
    """``path`` names the answer (a region value) that chooses; ``by_region`` maps it; ``default`` otherwise.

    ``rules`` are the names a receiving region gives values of its own (name -> kind); rules read them as
    ``region.NAME`` once the region is chosen; ``values`` has them by region.
    """

    path: str | None
    regions: tuple[Option, ...]
    by_region: Mapping[str, Office]
    default: Office
    rules: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, JSON]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ResultText:
    """Title and sentence of one result page."""

    title: Text
    body: Text


@dataclass(frozen=True, slots=True)
class ResultTexts:
    """What a resident reads at the end. ``by_status`` keys: received accepted granted refused referred ticketed."""

    by_status: Mapping[str, ResultText]
    next_steps: tuple[Text, ...]
    deliver: Text | None = None


@dataclass(frozen=True, slots=True)
class FactSpec:
    """A fact the centre must find before it decides; ``kind`` is ``integer``, ``boolean`` or ``string``."""

    name: str
    kind: Literal["integer", "boolean", "string"]
    title: Text


def is_text(value: JSON) -> bool:
    """Whether a value is words in every language rather than a rule."""
    return isinstance(value, Mapping) and set(value) == set(LANGUAGES)


@dataclass(frozen=True, slots=True)
class DocumentRowSpec:
    """One line of a document: ``value`` is words or a rule over ``{facts, form, today}``; ``unit`` comes behind it."""

    label: Text
    value: Rule
    unit: Text | None = None


@dataclass(frozen=True, slots=True)
class DocumentSpec:
    """The document that a granted decision brings; ``valid_workdays`` counts from the day of decision."""

    title: Text
    statement: Text
    rows: tuple[DocumentRowSpec, ...]
    valid_workdays: int | None = None


@dataclass(frozen=True, slots=True)
class DecisionRule:
    """When ``when`` is true the outcome is taken; rules are tried in order."""

    id: str
    when: Rule
    outcome: DecisionOutcome
    reason: Text


@dataclass(frozen=True, slots=True)
class DecisionRules:
    """All of decision.json. ``otherwise`` is taken when no rule fits or a fact is missing. With ``after_s`` the centre
    takes the case first and decides that many seconds later.
    """

    facts: tuple[FactSpec, ...]
    rules: tuple[DecisionRule, ...]
    otherwise: DecisionRule
    document: DocumentSpec | None = None
    after_s: int | None = None


@dataclass(frozen=True, slots=True)
class RecordRowSpec:
    """One line of what a register says: ``value`` is words or a rule over ``{facts, today}``."""

    label: Text
    value: Rule
    unit: Text | None = None
    relevant: Rule = None


@dataclass(frozen=True, slots=True)
class RecordSpec:
    """All of record.json: what the centre's registers are asked, what is shown of it, and what when they know nothing.

    ``cannot`` are reasons to stop here, over ``{facts, today}``.
    """

    facts: tuple[FactSpec, ...]
    rows: tuple[RecordRowSpec, ...]
    empty: ScenarioOutcome
    lead: Text | None = None
    cannot: tuple[ScenarioOutcome, ...] = ()


@dataclass(frozen=True, slots=True)
class BookingRules:
    """All of booking.json: at ``day`` and ``slot`` stand the chosen day (ISO) and time (``09:30``).

    Days run from ``first_workday`` to ``last_workday`` working days after today; ``capacity`` is how many people one
    time takes.
    """

    day: str
    slot: str
    first_workday: int
    last_workday: int
    slots: tuple[str, ...]
    capacity: int
    saturdays: bool = False


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One printed line of a document."""

    label: Text
    value: Text = field(repr=False)


@dataclass(frozen=True, slots=True)
class DocumentDraft:
    """A document as the centre decided it, before number and seal."""

    title: Text
    statement: Text
    rows: tuple[DocumentRow, ...]
    issued_on: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What the rules say. ``rule_id`` is the id of the rule that fired, or ``otherwise``."""

    outcome: DecisionOutcome
    reason: Text
    rule_id: str
    document: DocumentDraft | None = None


@dataclass(frozen=True, slots=True, weakref_slot=True)
class ServicePackage:
    """One service item or bundle, checked and ready. ``sha256`` is that of the canonical bundle bytes."""

    id: str
    version: int
    sha256: str
    kind: ItemKind
    code: str
    title: Text
    short: Text
    keywords: tuple[str, ...]
    life_event: str
    agency: Text
    activities: tuple[str, ...]
    identify: tuple[str, ...]
    subject: SubjectKind
    devices: tuple[str, ...]
    guide: Guide
    scenarios: tuple[ScenarioQuestion, ...]
    pages: tuple[Page, ...]
    materials: tuple[Material, ...]
    consents: tuple[Consent, ...]
    declaration: Text
    decision: DecisionRules | None
    office_rules: OfficeRules
    children: tuple[ChildItem, ...]
    result: ResultTexts
    schema: Mapping[str, JSON] = field(repr=False)
    icon: str | None = None
    licences: tuple[LicenceOffer, ...] = ()
    acts_for: ActsFor | None = None
    parties: tuple[Party, ...] = ()
    record: RecordSpec | None = None
    booking: BookingRules | None = None


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a folder of packages gave: the good ones by id, and why the others were refused."""

    packages: tuple[ServicePackage, ...]
    errors: tuple[PackageError, ...]


@dataclass(frozen=True, slots=True)
class PackageBundle:
    """A package as it travels: file name -> text. ``to_bytes()`` is RFC 8785: one content, one hash."""

    id: str
    version: int
    files: Mapping[str, str] = field(repr=False)
    folder: Path | None = field(default=None, compare=False, repr=False)

    def to_bytes(self) -> bytes:
        """Canonical bytes ``{"files":{...},"id":...,"version":...}``."""
        from kiosk.forms.bundle import bundle_bytes

        return bundle_bytes(self)

    @property
    def sha256(self) -> str:
        """Lower-case hex SHA-256 of :meth:`to_bytes`."""
        import hashlib

        return hashlib.sha256(self.to_bytes()).hexdigest()

    @classmethod
    def from_bytes(cls, data: bytes) -> PackageBundle:
        """Read what :meth:`to_bytes` wrote; raises :class:`PackageError` on anything else."""
        from kiosk.forms.bundle import bundle_from_bytes

        return bundle_from_bytes(data)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer with where it came from. ``at`` is aware UTC; ``source_name`` is shown beside it ("ID card chip").

    ``issued_on`` and ``valid_to`` are those of the licence that said it.
    """

    value: JSON = field(repr=False)
    source: Source
    trust: TrustLevel
    at: datetime
    source_name: Text | None = None
    issued_on: date | None = None
    valid_to: date | None = None


AnswerSet: TypeAlias = Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class Context:
    """What rules may know besides the answers. ``today`` is the local date of the site."""

    today: date
    language: str = "zh-Hans"
    subject_kind: str = "person"
    offline: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """May the resident go on? ``cannot`` always carries a reason and where else."""

    kind: OutcomeKind
    reason: Text | None = None
    elsewhere: Text | None = None


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong at one field and what right looks like. ``code`` is stable, ``message`` is for the resident."""

    path: str
    code: str
    message: Text
