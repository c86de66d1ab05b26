"""One package being read: its parsed files, what is asked in it so far, and pointing at what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kiosk.forms.bundle import line_of
from kiosk.forms.environment import is_day
from kiosk.forms.model import JSON, PackageBundle, PackageError
from kiosk.forms.rules import RuleProblem, check_rule, reads


class Reading:
    """What the rooms of the loader share while they read one package."""

    def __init__(self, bundle: PackageBundle, parts: Mapping[str, Mapping[str, JSON]]) -> None:
        self.bundle = bundle
        self.parts = parts
        """Reusable parts by URN."""
        self.files: dict[str, Any] = {}
        self.known: dict[str, str] = {}
        """Paths that rules may read, in the order they are asked -> kind."""
        self.all_paths: set[str] = set()
        self.private: set[str] = set()
        """Paths whose values are kept nowhere; only the field's own checks may read them."""

    def fail(self, file: str, at: str, reason: str) -> PackageError:
        """The error, with the line added where it can be found."""
        text = self.bundle.files.get(file)
        line = line_of(text, at) if text is not None else None
        return PackageError(file, f"{at} (line {line})" if line else at, reason)

    def unique(self, file: str, at: str, names: Iterable[str], what: str) -> None:
        """Refuse a list in which a name stands twice."""
        seen: set[str] = set()
        for name in names:
            if name in seen:
                raise self.fail(file, at, f"{what} {name!r} is there twice")
            seen.add(name)

    def asked(self, file: str, at: str, path: str) -> None:
        """Refuse a path that nobody asks for, or whose value is kept nowhere."""
        if path not in self.all_paths:
            raise self.fail(file, at, f"nobody asks for {path!r}")
        if path in self.private:
            raise self.fail(file, at, f"{path!r} is kept nowhere (retention 'none')")

    def rule(self, file: str, at: str, rule: JSON) -> None:
        """A rule that may read everything asked so far."""
        self.check(file, at, rule, set(self.known))

    def check(self, file: str, at: str, rule: JSON, allowed: Iterable[str], scope: str = "", own: str = "") -> None:
        """Refuse a rule outside the subset, or one that reads what it cannot.

        ``scope`` stands before the paths of an entry's own fields (``staff.*.``); ``own`` is the whole path of the
        field whose check it is.
        """
        if rule is None:
            return
        try:
            check_rule(rule)
        except RuleProblem as error:
            raise self.fail(file, at + error.pointer, error.reason) from None
        names = set(allowed)
        for path in sorted(reads(rule)):
            whole = path.removeprefix("form.") if path.startswith("form.") else scope + path
            if whole in self.private and whole != own:
                raise self.fail(file, at, f"{path[:80]!r} is kept nowhere, so only its own checks can read it")
            if path in names or is_day(path) or path.removeprefix("region.") in self._region_rules(path, names):
                continue
            reason = "is not a path that this rule can read"
            if f"form.{path}" in names:
                reason = f"is outside the group; write {'form.' + path!r}"
            elif path.removeprefix("form.") in self.all_paths:
                reason = "is asked later than this rule needs it"
            raise self.fail(file, at, f"{path[:80]!r} {reason}")

    def _region_rules(self, path: str, allowed: set[str]) -> Iterable[str]:
        """The names a region gives values, once the region may be read; none for a path of another kind."""
        offices = self.files["offices.json"]
        chosen = offices.get("path")
        readable = chosen is not None and {chosen, f"form.{chosen}"} & allowed
        return offices.get("rules", ()) if path.startswith("region.") and readable else ()
