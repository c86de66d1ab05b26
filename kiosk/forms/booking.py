"""The days on which a time can be booked."""

from __future__ import annotations

from datetime import date, timedelta

from kiosk.forms.model import BookingRules
from kiosk.forms.workdays import add_workdays, is_workday

SATURDAY = 5


def booking_days(rules: BookingRules, today: date) -> tuple[date, ...]:
    """From the first to the last bookable working day after ``today``, Saturdays in between where the item has them."""
    first, last = add_workdays(today, rules.first_workday), add_workdays(today, rules.last_workday)
    span = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return tuple(day for day in span if is_workday(day) or (rules.saturdays and day.weekday() == SATURDAY))
