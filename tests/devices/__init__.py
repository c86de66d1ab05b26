"""The device room: codecs by golden vectors, drivers against emulators on real pseudo-terminals."""
