"""The kit: theme, icons and the painted parts every screen is made of."""
