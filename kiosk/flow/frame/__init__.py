"""The frame around every visit: attract, language, home, lists, staff, and the end."""
