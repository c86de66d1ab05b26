"""The author's tools: everything about service packages that no resident meets. Knows :mod:`kiosk.forms` only."""
