"""The terminal's voice: words to sound, in a process of its own that dies with what it knows.

``sayable`` turns writing into words, ``phonemes`` words into sounds' signs, ``model`` those into samples, ``player``
sends them to the sound card; ``child`` is the process that does it and ``voice`` the terminal's side of it.
"""
