"""Reading one package, a room at a time: its form, its papers, the people in it, what the centre does with it."""
