"""The on-screen keyboard: pinyin, Latin letters, digits and identity numbers, without a system input method."""

from __future__ import annotations
