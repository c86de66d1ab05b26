"""The program as a whole: commands, launcher, composition, story player. The only place that sees every room."""
