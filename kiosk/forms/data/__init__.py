"""Tables of places and nations; see README.md beside this file."""
