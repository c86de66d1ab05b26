"""Forward migrations, `NNN_word.sql`, applied in order; a released file is never edited."""
