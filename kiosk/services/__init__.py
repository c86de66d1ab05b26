"""Use cases: what the effects of the flow mean."""
