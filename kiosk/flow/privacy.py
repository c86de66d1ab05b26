"""What others could read over a shoulder: words of centre and registers with everything masked that is known of people.

Answers are masked by what they are (:func:`kiosk.flow.parts.shown`). What a certificate or a register says comes as
words; in them, numbers are found by their shape, and names and addresses because this visit knows them.
"""

from __future__ import annotations

from kiosk.flow.state import FlowState, engine_of
from kiosk.forms import mask_answer, mask_name, mask_numbers

SHORTEST = 6
"""Numbers shorter than this are not looked for: they would be found in numbers that mean something else."""


def private(state: FlowState, words: str) -> str:
    """The same words as they may stand on a screen that others see."""
    for whole, masked in known(state):
        words = words.replace(whole, masked)
    return mask_numbers(words)


def known(state: FlowState) -> tuple[tuple[str, str], ...]:
    """What was read or typed about people in this visit, and how it looks masked; the longest first."""
    session, package = state.session, state.package
    if session is None:
        return ()
    found: dict[str, str] = {}
    if session.subject is not None and session.subject.name:
        found[session.subject.name] = mask_name(session.subject.name)
    if package is not None:
        engine = engine_of(package)
        for path, answer in session.answers.items():
            field, words = engine.field(path), str(answer.value)
            if field is None or field.options or (words.isascii() and len(words) < SHORTEST):
                continue
            masked = mask_answer(field, words)
            if len(words) > 1 and masked != words:
                found[words] = masked
    return tuple(sorted(found.items(), key=lambda pair: -len(pair[0])))
