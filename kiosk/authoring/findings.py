"""A finding: what is wrong in a package, where, and how to mend it. One table says which codes there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """``file`` and ``pointer`` (RFC 6901) say where; ``line`` counts from 1, None where the file has no such place.

    ``reason`` and ``mend`` are one plain sentence each, for the author.
    """

    code: str
    file: str
    pointer: str
    line: int | None
    severity: Severity
    reason: str
    mend: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.severity} {self.code}: {self.pointer}: {self.reason}\n    mend: {self.mend}"


@dataclass(frozen=True, slots=True)
class Code:
    """What a code means in general; ``mend`` is used where the place knows nothing better."""

    severity: Severity
    about: str
    mend: str


CODES: dict[str, Code] = {
    # ---- said by the loader: the package is not offered at all
    "refused": Code(
        "error", "The package is not in the format.", "Change the place as the reason says; see docs/package-format.md."
    ),
    "cycle": Code(
        "error",
        "A condition reads an answer that is asked later.",
        "Ask for the answer before the page or field that needs it, or let the condition read something else.",
    ),
    "asked_twice": Code(
        "error",
        "A resident is asked for the same thing twice.",
        "Leave one of the two fields out and read the other one where it is needed.",
    ),
    "translation": Code(
        "error",
        "A text is missing in one language.",
        "Write the same thing in both languages: Chinese under zh-Hans, English under en.",
    ),
    "too_many_options": Code(
        "error",
        "A question has more than seven answers.",
        "Put similar answers together, or ask in two steps, so that there are at most seven.",
    ),
    "pattern": Code(
        "error",
        "A pattern cannot be used.",
        "Write it without look-around and back-references; RE2 must be able to read it.",
    ),
    # ---- ways through the package
    "dead_end": Code(
        "error",
        "A resident can come to a page that cannot be left.",
        "Loosen the check, ask for something else before, or end the path with a reasoned 'cannot'.",
    ),
    "no_sample": Code(
        "warning",
        "A field for which no value could be built to try it with.",
        "Give an 'example' that fits, or write a simpler pattern.",
    ),
    "contradiction": Code(
        "error",
        "Checks that can never hold together.",
        "Change the checks so that at least one answer passes all of them.",
    ),
    "unreachable": Code(
        "error",
        "Something that no path ever shows.",
        "Change the condition so that it can be true, or leave the thing out.",
    ),
    "cannot_never": Code(
        "warning",
        "A 'cannot' that never holds.",
        "Change its rule so that it can be true, or leave it out.",
    ),
    "cannot_always": Code(
        "error",
        "A 'cannot' that always holds.",
        "Change its rule so that at least one answer leads on.",
    ),
    "no_way_through": Code(
        "error",
        "Every way ends in a 'cannot'.",
        "Let at least one answer to each question lead on.",
    ),
    "idle_question": Code(
        "warning",
        "A scenario question that decides nothing.",
        "Leave the question out, or let a condition read its answer.",
    ),
    "too_many_paths": Code(
        "error",
        "More ways through than could be tried.",
        "Let fewer conditions read the same answers, or split the item.",
    ),
    "too_many_questions": Code(
        "error",
        "More than three questions before the checklist.",
        "Ask at most three scenario questions on a path; ask the others in the form.",
    ),
    "too_many_touches": Code(
        "warning",
        "The usual path takes more touches than there should be.",
        "Bring values by a source, leave out what no agency needs, or put fields together on a page.",
    ),
    "paper_never_right": Code(
        "error",
        "The checks of a material fail whichever way it is given.",
        "Change the checks, or add a way that passes them.",
    ),
    "decision_never": Code(
        "warning",
        "A rule of decision.json that never decides.",
        "Change its condition or its place; the rules before it take every case it fits.",
    ),
    "wrong_value": Code(
        "error",
        "A rule compares an answer with a value nobody can give.",
        "Write one of the values that can be answered, spelt as in 'options', and of the same kind.",
    ),
    "constant_rule": Code(
        "error",
        "A rule that reads no answer.",
        'Write the rule as JsonLogic, such as {"===": [{"var": "scenario.home"}, "lives"]}, or leave it out.',
    ),
    "checks_unasked": Code(
        "error",
        "Checks of a paper that nobody asks.",
        "Add 'precheck' to the activities in package.json, or take the checks out.",
    ),
    "check_idle": Code(
        "warning",
        "A check that no value fails.",
        "Change its rule so that it refuses what is wrong, or leave it out.",
    ),
    "never_granted": Code(
        "warning",
        "A decision that grants nobody anything.",
        "Let at least one rule with the outcome granted hold, or leave decision.json out.",
    ),
    "fixed_date": Code(
        "warning",
        "A fixed day that is over, or will be within a year.",
        "Count from today: today, today+30, or in rules days_ago.N, months_ago.N, years_ago.N, days_ahead.N.",
    ),
    # ---- what is asked and fetched
    "typed_though_known": Code(
        "error",
        "A resident types what the terminal knows already.",
        "Give the field a source, so that the value is brought and only looked at.",
    ),
    "city_material": Code(
        "error",
        "A paper is asked for that an agency of the city issued.",
        "Set issued_by_city to true and ways to [], or name the licence_type it can be looked up by.",
    ),
    "over_fetch": Code(
        "error",
        "Something is fetched that nothing uses.",
        "Leave it out, or show it in a row or read it in a rule.",
    ),
    "child_gets_all": Code(
        "error",
        "An agency of a bundle receives everything.",
        "List under 'data' what this agency needs, and under 'materials' its papers.",
    ),
    "no_such_item": Code(
        "warning",
        "A child names a package that is not there.",
        "Write the id of a package of the tree, or leave 'item' out.",
    ),
    "nobody_receives": Code(
        "error",
        "Something is asked that no agency of the bundle receives.",
        "Add it to the 'data' or 'materials' of the child that needs it, or leave it out.",
    ),
    "party_sees": Code(
        "error",
        "Another person may read what is sensitive.",
        "Take the path out of 'sees'; let the person see only what they confirm.",
    ),
    "authority": Code(
        "error",
        "Acting for another does not go with the letter of authority.",
        "Let the material be relevant exactly when the role is not one of 'self'.",
    ),
    # ---- what is promised
    "figures": Code(
        "error",
        "Figures that do not follow from the package.",
        "Write the figure that the package gives, or change the package.",
    ),
    "deadline": Code(
        "error",
        "A promised time longer than the law allows.",
        "Promise at most the statutory number of working days.",
    ),
    "no_staffed_way": Code(
        "error",
        "No word of a staffed place or a telephone.",
        "Name a counter, a hall or a telephone number where a person helps.",
    ),
    "cannot_elsewhere": Code(
        "warning",
        "A 'cannot' that does not say where else.",
        "Name the counter, hall or telephone where it can be done.",
    ),
    "refused_otherwise": Code(
        "error",
        "A missing fact refuses a resident without a word where to ask.",
        "Make 'otherwise' referred, or say in the reason which counter or telephone helps.",
    ),
    # ---- words
    "speech": Code(
        "error",
        "A question that cannot be said aloud.",
        "Add 'speech' with the same question in words that can be spoken.",
    ),
    "jargon": Code(
        "warning",
        "A word of the office that a resident does not use.",
        "Use the plain word.",
    ),
    "long_sentence": Code(
        "warning",
        "A sentence that is too long to be read standing.",
        "Make two sentences of it.",
    ),
    "icon": Code(
        "warning",
        "An icon that is not in the set.",
        "Use a name listed in kiosk/authoring/icons.json; without a known one no picture is shown.",
    ),
    # ---- patterns and examples
    "slow_pattern": Code(
        "warning",
        "A pattern that costs more than it should.",
        "Write one repeat instead of a repeat in a repeat, and let maxLength limit the length.",
    ),
    "unanchored": Code(
        "warning",
        "A pattern that also fits a part of a value.",
        "Begin it with ^ and end it with $; put alternatives in brackets: ^(?:A|B)$.",
    ),
    "pattern_message": Code(
        "warning",
        "A pattern without a word on what is right.",
        "Add 'pattern_message' that says what a right value looks like, with an example.",
    ),
    "example": Code(
        "error",
        "An example that the field itself would refuse.",
        "Write an example that can be typed as it stands.",
    ),
}
"""Every finding there is. What traps a resident, leaks or misleads is an error; what is only tiring is a warning."""
