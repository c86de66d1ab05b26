"""The list of places: what a terminal calls the place it stands in, and where it sends people instead."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SITES_FILE = Path(__file__).parent / "sites.toml"


@dataclass(frozen=True, slots=True)
class SiteInfo:
    """Texts are language -> words. ``progress_url`` has ``{case_id}`` where the number goes; ``app`` is what the city
    calls its application for telephones, ``app_goes_on`` whether that takes up what a terminal put by
    (docs/howto/phone-app.md), ``logo`` its sign in the corner (SVG); without one there is the house's own.
    """

    city: Mapping[str, str]
    name: Mapping[str, str]
    staffed: Mapping[str, str]
    phone: str
    progress_url: str
    app: Mapping[str, str]
    app_goes_on: bool
    logo: Path | None


def site_info(site: str, file: Path = SITES_FILE) -> SiteInfo:
    """The place with this id; an unlisted one is shown as the city itself, with its telephone number as the way on."""
    raw = tomllib.loads(file.read_text("utf-8"))
    city = raw["city"]
    entry = raw["sites"].get(site, {})
    return SiteInfo(
        city=city["name"],
        name=entry.get("name", city["name"]),
        staffed=entry.get("staffed", dict.fromkeys(city["name"], city["phone"])),
        phone=city["phone"],
        progress_url=city["progress_url"],
        app=city.get("app", city["name"]),
        app_goes_on=city.get("app_goes_on", False),
        logo=file.parent / city["logo"] if "logo" in city else None,
    )
