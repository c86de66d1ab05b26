"""The session as pure machines: state and event in, state and effects out."""
