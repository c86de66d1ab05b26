"""Bytes to values and back, without IO, clocks or threads."""
