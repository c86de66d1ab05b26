"""The suite; it mirrors the tree. Helpers are imported as tests.ROOM.MODULE."""
