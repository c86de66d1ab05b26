"""Coming back to a case with the code of its slip: who it is, what is open, and bringing it."""
