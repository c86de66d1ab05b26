"""A monkey at the terminal: thousands of senseless touches, chords and keys from outside, and what came of them."""
