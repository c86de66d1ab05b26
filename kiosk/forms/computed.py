"""What a rule or a register gives, as the value of a field."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from kiosk.forms.model import JSON, Field
from kiosk.forms.validators import clean, is_empty

_CENT = Decimal("0.01")
_LARGEST = Decimal(10) ** 15


def computed_value(field: Field, result: JSON) -> JSON:
    """The value that stands in the data for a rule's result, or None where the result is none of this kind.

    Money becomes text with two decimals, half a fen rounded up (away from nought); figures are whole numbers, as a
    number or as text as the field keeps them; yes and no are no value of any field.
    """
    if result is None or isinstance(result, bool):
        return None
    if field.kind == "money":
        number = _number(result)
        return None if number is None else str(number.quantize(_CENT, ROUND_HALF_UP) + 0)
    if field.kind == "digits" and not isinstance(result, str):
        number = _number(result)
        if number is None or number != number.to_integral_value():
            return None
        return int(number) if field.numeric else str(int(number))
    if isinstance(result, int):
        result = str(result)
    if not isinstance(result, list if field.kind == "multi" else str):
        return None
    value = clean(field, result)
    return None if is_empty(value) else value


def _number(value: JSON) -> Decimal | None:
    if not isinstance(value, int | float | str):
        return None
    try:
        # A float is taken as it is written, so that 2.675 is rounded as a person would.
        number = Decimal(repr(value) if isinstance(value, float) else value)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < _LARGEST else None
