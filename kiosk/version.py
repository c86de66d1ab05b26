"""The version of this program, as diagnostics, heartbeat and packages name it."""

VERSION = "0.1.0"
