"""The table of all settings (docs/settings.md), written from where they are declared."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

from config.settings import SECTIONS, Driver, Rule, rules_of

_KINDS = {
    "text": "text",
    "whole": "whole number",
    "seconds": "seconds",
    "switch": "true or false",
    "path": "path",
    "file": "path of a file that is there",
    "url": "address",
    "port": "path of a device node",
    "tcp": "HOST or HOST:PORT",
    "window": '"fullscreen" or "WxH"',
    "usb_ids": 'list of VENDOR:PRODUCT, like `["1a86:7523"]`',
}

_INTRODUCTION = (
    "Written by `./run settings > docs/settings.md` from the declarations in `config/settings.py` and those of the",
    "drivers; a test keeps it true.",
    "",
    "Read from `--settings FILE`, else `KIOSK_SETTINGS`, else `config/kiosk.toml`; `--set section.key=value` comes",
    "last. A key that is not listed here, or a value outside its limits, ends the start with exit code 2 and",
    "FILE:LINE. Relative paths count from the file. The site profile (`config/profiles/`) sets the defaults of",
    "`[session]`.",
)


def describe(drivers: Sequence[Driver]) -> str:
    """All keys as Markdown: one table a section, then one a driver."""
    return "\n".join(_lines(drivers)) + "\n"


def _lines(drivers: Sequence[Driver]) -> Iterator[str]:
    yield "# Settings"
    yield ""
    yield from _INTRODUCTION
    for name, section in SECTIONS.items():
        doc = (section.__doc__ or "").partition(": ")[2]
        yield from ("", f"## [{name}]", "", doc[:1].upper() + doc[1:], "")
        yield from ("| key | default | value | meaning |", "|---|---|---|---|")
        defaults = {field.name: field.default for field in dataclasses.fields(section)}
        for key, rule in rules_of(section).items():
            yield f"| `{key}` | {_default(defaults[key])} | {_limits(rule)} | {rule.what} |"
    for driver in drivers:
        yield from ("", f'## [devices.{driver.device}] with driver = "{driver.name}"', "")
        once = f" Given exactly once: {' or '.join(f'`{key}`' for key in driver.one_of)}." if driver.one_of else ""
        yield f"{driver.what}{once}"
        yield ""
        yield from ("| key | default | value | meaning |", "|---|---|---|---|")
        for key, rule in driver.options.items():
            default = "must be given" if key in driver.required else _default(rule.default)
            yield f"| `{key}` | {default} | {_limits(rule)} | {rule.what} |"


def _default(value: object) -> str:
    match value:
        case None | ():
            return "none"
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:g}"
        case str() | Path():
            return f'`"{value}"`'
    return str(value)


def _limits(rule: Rule) -> str:
    if rule.choices:
        return ", ".join(f"`{choice}`" for choice in rule.choices)
    shown = _KINDS[rule.kind]
    if rule.low is not None and rule.high is not None:
        shown += f", {rule.low:g} to {rule.high:g}"
    if rule.pattern:
        shown += ", `{}`".format(rule.pattern.replace("|", r"\|"))
    if rule.example:
        shown += f", like `{rule.example}`"
    return shown
