"""What the centre decides by the package's own rules: the first rule that fits, its reason, and the document."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from kiosk.forms.environment import Env
from kiosk.forms.facts import known_facts, shown
from kiosk.forms.model import (
    JSON,
    Decision,
    DocumentDraft,
    DocumentRow,
    DocumentSpec,
    ServicePackage,
    is_text,
)
from kiosk.forms.rules import CompiledRule
from kiosk.forms.workdays import add_workdays


def decide(package: ServicePackage, data: Mapping[str, JSON], facts: Mapping[str, JSON], today: date) -> Decision:
    """Decide one case. ``facts`` are what the centre found, by the names in decision.json; other names are ignored.

    A fact that is missing or of another kind means that nobody may decide by rule: the answer is ``otherwise``.
    Raises ValueError for a package without decision rules.
    """
    rules = package.decision
    if rules is None:
        raise ValueError(f"package {package.id} has no decision rules")
    known = known_facts(rules.facts, facts)
    if known is not None:
        env = Env({"facts": known}, today, form=data, offices=package.office_rules)
        for rule in rules.rules:
            if CompiledRule(rule.when).truth(env):
                granted = rule.outcome == "granted" and rules.document is not None
                document = _draft(rules.document, env, today) if granted and rules.document is not None else None
                return Decision(rule.outcome, rule.reason, rule.id, document)
    last = rules.otherwise
    return Decision(last.outcome, last.reason, last.id)


def _draft(spec: DocumentSpec, env: Mapping[str, JSON], today: date) -> DocumentDraft:
    rows = []
    for row in spec.rows:
        if is_text(row.value):
            rows.append(DocumentRow(row.label, row.value))
            continue
        value = CompiledRule(row.value).value(env)
        if value is None or value == "":
            continue
        rows.append(DocumentRow(row.label, shown(value, row.unit)))
    valid_to = None if spec.valid_workdays is None else add_workdays(today, spec.valid_workdays)
    return DocumentDraft(spec.title, spec.statement, tuple(rows), today, valid_to)
