"""What the centre decides by the package's own rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from kiosk.forms.model import JSON, Decision, ServicePackage


def decide(package: ServicePackage, data: Mapping[str, JSON], facts: Mapping[str, JSON], today: date) -> Decision:
    """Decide one case."""
    raise NotImplementedError
