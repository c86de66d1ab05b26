"""Zero residue: plays visits of invented people and looks, from outside, for anything of them that is left."""
