"""Dotted paths into nested data: reading, putting in, and the flat view of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kiosk.forms.model import JSON, Repeat

MAX_DEPTH = 8


def pattern_of(path: str) -> str:
    """An expanded path with ``*`` for the number of a group's entry: ``staff.0.name`` -> ``staff.*.name``."""
    parts = path.split(".")
    return ".".join("*" if n == 1 and p.isdigit() else p for n, p in enumerate(parts))


def get(data: JSON, path: str) -> JSON:
    """The value at a path of objects; None where there is none."""
    for name in path.split("."):
        if not isinstance(data, Mapping):
            return None
        data = data.get(name)
    return data


class Draft:
    """Nested data being changed. The data it started from stays as it was: each object on the way to a change is copied
    once, before its first change.
    """

    def __init__(self, data: dict[str, JSON] | None = None) -> None:
        self.data: dict[str, JSON] = dict(data) if data else {}
        self._own = {""}

    def _object(self, above: list[str]) -> dict[str, JSON]:
        node, at = self.data, ""
        for name in above:
            at = f"{at}.{name}"
            if at not in self._own:
                self._own.add(at)
                node[name] = dict(node.get(name, ()))
            node = node[name]
        return node

    def put(self, path: str, value: JSON) -> None:
        """Put a value in; objects on the way are made."""
        *above, last = path.split(".")
        self._object(above)[last] = value

    def drop(self, path: str) -> None:
        """Take a value out, and every object that is empty then. The value is there."""
        *above, last = path.split(".")
        del self._object(above)[last]
        while above and not self._object(above):
            self._own.discard("".join("." + name for name in above))
            *above, last = above
            del self._object(above)[last]


def copied(value: JSON) -> JSON:
    """Data as fresh lists and dicts, so that whoever gets it may change it."""
    if isinstance(value, Mapping):
        return {name: copied(below) for name, below in value.items()}
    return [copied(below) for below in value] if isinstance(value, list | tuple) else value


def flatten(data: JSON, repeats: Mapping[str, Repeat], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, JSON]]:
    """(expanded path, leaf value) of nested data; a group yields its own path first. Bounded depth."""
    for name, value in data.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping) and depth < MAX_DEPTH and value:
            yield from flatten(value, repeats, path + ".", depth + 1)
        elif path in repeats:
            yield path, value
            rows = value if isinstance(value, list) and all(isinstance(r, Mapping) for r in value) else []
            for index, row in enumerate(rows[: repeats[path].max]):
                yield from flatten(row, {}, f"{path}.{index}.", depth + 1)
        else:
            yield path, value
