"""Protocols that the program needs from the outside world."""
