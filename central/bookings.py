"""Times that people have booked: so many places at each office, day and time, and never one more.

A place is a row with a number below the capacity; the database's primary key decides a race for the last one.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.exc import IntegrityError

from central.packages import Item, Shelf
from central.problems import Problem
from central.store import Store, bookings
from central.words import CITY_TIME, JSON, Clock, local_day

ALTERNATIVES = 3


class Bookings:
    """The calendar of all offices."""

    def __init__(self, store: Store, shelf: Shelf, clock: Clock) -> None:
        self._store = store
        self._shelf = shelf
        self._clock = clock

    def free(self, item_id: str, office: str) -> JSON:
        """The ``Slots`` of one office; "" names the item's default. Raises ``Problem``."""
        item = self._shelf.offered(item_id)
        if item is None:
            raise Problem("item-unknown")
        if item.timetable is None:
            raise Problem("booking-none")
        office = office or item.offices[0]
        if office not in item.offices:
            raise Problem("office-unknown")
        with self._store.read() as connection:
            places = self._places(connection, item, office)
        days = [
            {"day": day.isoformat(), "slots": [{"slot": slot, "free": places[day, slot]} for slot in slots]}
            for day, slots in self._offered(item)
        ]
        return {"item_id": item_id, "office": office, "days": days}

    def take(self, connection: Connection, item: Item, office: str, wish: tuple[date, str], case_id: str) -> bool:
        """Take a place for a case, inside its transaction; False when there is none any more, or the time is over."""
        day, slot = wish
        if item.timetable is None or slot not in self._still(item, day):
            return False
        here = (
            (bookings.c.item_id == item.id)
            & (bookings.c.office == office)
            & (bookings.c.day == day.isoformat())
            & (bookings.c.slot == slot)
        )
        for _ in range(item.timetable.capacity + 1):
            taken = set(connection.execute(select(bookings.c.place).where(here)).scalars())
            place = next((n for n in range(item.timetable.capacity) if n not in taken), None)
            if place is None:
                return False
            row = {"item_id": item.id, "office": office, "day": day.isoformat(), "slot": slot, "place": place}
            try:
                with connection.begin_nested():
                    connection.execute(insert(bookings).values(case_id=case_id, **row))
            except IntegrityError:
                continue  # another case took this very place between our look and our write
            return True
        return False

    def give_back(self, connection: Connection, case_id: str) -> None:
        """The place of a case that comes to nothing is free again."""
        connection.execute(delete(bookings).where(bookings.c.case_id == case_id))

    def others(self, connection: Connection, item: Item, office: str, near: date) -> list[tuple[date, str]]:
        """A few times that are still free, those of the wished day first, then the next ones."""
        places = self._places(connection, item, office)
        free = [(day, slot) for day, slots in self._offered(item) for slot in slots if places[day, slot] > 0]
        free.sort(key=lambda wish: (wish[0] != near, wish[0] < near, wish))
        return free[:ALTERNATIVES]

    def _places(self, connection: Connection, item: Item, office: str) -> dict[tuple[date, str], int]:
        here = (bookings.c.item_id == item.id) & (bookings.c.office == office)
        taken = Counter(
            (date.fromisoformat(row.day), row.slot)
            for row in connection.execute(select(bookings.c.day, bookings.c.slot).where(here))
        )
        capacity = item.timetable.capacity if item.timetable is not None else 0
        return {
            (day, slot): max(0, capacity - taken[day, slot]) for day, slots in self._offered(item) for slot in slots
        }

    def _offered(self, item: Item) -> list[tuple[date, tuple[str, ...]]]:
        return [
            (day, slots) for day in item.booking_days(local_day(self._clock())) if (slots := self._still(item, day))
        ]

    def _still(self, item: Item, day: date) -> tuple[str, ...]:
        """The times of a day that are not over yet."""
        slots = item.timetable.slots if item.timetable is not None else ()
        now: datetime = self._clock().astimezone(CITY_TIME)
        return tuple(slot for slot in slots if (day, slot) > (now.date(), f"{now:%H:%M}"))
