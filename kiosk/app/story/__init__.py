"""The story player: plays a resident from a TOML file on the real screens and keeps what was seen."""
