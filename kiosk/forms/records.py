"""What the registers say of the person who is here, as the rows of record.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from kiosk.forms.environment import Env
from kiosk.forms.facts import known_facts, shown
from kiosk.forms.model import JSON, DocumentRow, RecordSpec, ScenarioOutcome, is_text
from kiosk.forms.rules import CompiledRule


@dataclass(frozen=True, slots=True)
class RecordView:
    """What is shown of a record. ``stop``: why it ends here and where else (None: it goes on).

    ``known`` is False when the registers do not know enough; there are no rows then, and ``stop`` is the package's
    ``empty``.
    """

    rows: tuple[DocumentRow, ...]
    stop: ScenarioOutcome | None = None
    known: bool = True


def record_view(spec: RecordSpec, facts: Mapping[str, JSON], today: date) -> RecordView:
    """The rows that have a value, and the first ``cannot`` that holds.

    A fact that is missing or of another kind means that the registers do not know this person well enough to say
    anything.
    """
    known = known_facts(spec.facts, facts)
    if known is None:
        return RecordView((), spec.empty, known=False)
    env = Env({"facts": known}, today)
    rows = []
    for row in spec.rows:
        if row.relevant is not None and not CompiledRule(row.relevant).truth(env):
            continue
        if is_text(row.value):
            rows.append(DocumentRow(row.label, row.value))
            continue
        value = CompiledRule(row.value).value(env)
        if value is not None and value != "":
            rows.append(DocumentRow(row.label, shown(value, row.unit)))
    stop = next((outcome for outcome in spec.cannot if CompiledRule(outcome.rule).truth(env)), None)
    return RecordView(tuple(rows), stop)
