"""One driver per kind of hardware: commands and state over a codec and a transport. Each module ends with its SPEC."""
