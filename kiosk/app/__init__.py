"""Composition and commands: the only package that sees all the others."""
