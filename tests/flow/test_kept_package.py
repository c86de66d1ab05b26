"""A visit keeps the package it began with; the catalogue stays what the centre published last."""

from __future__ import annotations

import dataclasses

from kiosk.flow.events import CatalogueLoaded, Touched
from tests.flow.test_visit import renewal_submitted
from tests.flow.world import PACKAGES, Visit


def item_of(visit: Visit) -> str | None:
    assert visit.state.session is not None
    return visit.state.session.item_id


def test_next_resident_gets_the_newest_package_not_the_one_of_the_visit_before() -> None:
    visit = renewal_submitted()
    item = item_of(visit)
    newer = tuple(dataclasses.replace(package, version=package.version + 1) for package in PACKAGES)
    visit.feed(CatalogueLoaded(newer))
    assert visit.state.package in PACKAGES
    visit.commit()
    visit.feed(Touched("action.exit"), Touched("action.leave")).wait(2)
    assert [package.id for package in visit.state.world.packages] == [package.id for package in PACKAGES]
    offered = visit.state.world.package(item)
    assert offered is not None
    assert offered in newer


def test_item_withdrawn_during_a_visit_is_not_offered_to_the_next_resident() -> None:
    visit = renewal_submitted().commit()
    item = item_of(visit)
    visit.feed(CatalogueLoaded(tuple(package for package in PACKAGES if package.id != item)))
    assert visit.state.package is not None
    assert visit.state.world.package(item) is None
