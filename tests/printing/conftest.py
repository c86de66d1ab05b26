from __future__ import annotations

import pytest

from printing import FontStack


@pytest.fixture(scope="session")
def fonts() -> FontStack:
    return FontStack.discover()
