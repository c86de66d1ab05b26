"""Frozen values and rules of the terminal; no IO."""
