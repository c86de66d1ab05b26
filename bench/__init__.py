"""Figures behind docs/claims.md, taken with the real parts on this machine: `./run bench`."""
