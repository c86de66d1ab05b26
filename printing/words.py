"""The fixed words of a receipt, per language. What the service or the centre says arrives in the `Receipt` itself."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.texts import SOURCE, say


@dataclass(frozen=True, slots=True)
class Words:
    """One language's words, asked by their names: ``words("case_id")``."""

    language: str

    def __call__(self, name: str, /, **values: object) -> str:
        """A word or a sentence of the paper."""
        return say(self.language, f"paper.{name}", **values)

    @property
    def label_columns(self) -> int:
        """Where values start beside their labels, in columns."""
        return 10 if self.language == SOURCE else 12
