"""Where an answer comes from: the chip, licence or register, of which day, until when, and how sure it is."""

from __future__ import annotations

from dataclasses import replace

from kiosk.flow.parts import answer_of, text, word
from kiosk.flow.state import FlowState, engine_of
from kiosk.forms import Answer, FieldRun, Text
from kiosk.texts import languages

ICONS = {
    "card": "chip",
    "licence": "shield",
    "record": "shield",
    "citizen_code": "qr",
    "passport": "passport",
    "typed": "pencil",
}
OWN = ("typed", "default", "computed")
"""Nobody else said so: how sure it is needs no word."""


def source_words(state: FlowState, answer: Answer | None) -> tuple[str | None, str | None]:
    """In words with day, validity and trust; and its icon."""
    if answer is None:
        return None, None
    words = _name(state, answer)
    if answer.source not in OWN:
        words += _when(state, answer) + text(state, f"source.trust_{answer.trust}")
    return words, ICONS.get(answer.source)


def _name(state: FlowState, answer: Answer) -> str:
    if answer.source == "licence" and answer.source_name is not None:
        return word(state, answer.source_name)
    return text(state, f"source.{answer.source}")


def _when(state: FlowState, answer: Answer) -> str:
    """Of which day it is, and how long it holds, as far as its source says."""
    session = state.session
    match answer.source:
        case "licence":
            issued = text(state, "source.issued", day=answer.issued_on.isoformat()) if answer.issued_on else ""
            return issued + (text(state, "source.valid_to", day=answer.valid_to.isoformat()) if answer.valid_to else "")
        case "record":
            day = session.record_as_of if session is not None else None
            return text(state, "source.as_of", day=day.isoformat()) if day is not None else ""
    until = session.subject.prefill.get("valid_to", "") if session is not None and session.subject is not None else ""
    if not until:
        return text(state, "source.read")
    endless = not until[:1].isdigit()
    return text(state, "source.read") + text(state, "source.long_term" if endless else "source.valid_to", day=until)


def filled_in(state: FlowState) -> tuple[Text, ...]:
    """What was filled in for the resident, a line a source, and what they called wrong."""
    tongues = {language: replace(state, language=language) for language in languages()}
    filled: dict[str, tuple[Answer, list[FieldRun]]] = {}
    wrong: list[FieldRun] = []
    package, session = state.visit
    for page in engine_of(package).pages(session.answers, state.context):
        for run in page.fields:
            answer = answer_of(state, run.path)
            if run.path in session.contests:
                wrong.append(run)
            elif answer is not None and answer.source not in OWN:
                filled.setdefault(_name(state, answer), (answer, []))[1].append(run)
    lines: list[Text] = [
        {
            lang: text(at, "receipt.prefilled", source=_name(at, answer), labels=_labels(at, runs))
            for lang, at in tongues.items()
        }
        for answer, runs in filled.values()
    ]
    if wrong:
        lines.append({lang: text(at, "receipt.contested", labels=_labels(at, wrong)) for lang, at in tongues.items()})
    return tuple(lines)


def _labels(state: FlowState, runs: list[FieldRun]) -> str:
    return text(state, "answer.comma").join(word(state, run.field.label) for run in runs)
