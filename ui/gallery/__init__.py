"""Sample pages and sheets of parts, which `./run gallery` shows and tests look at.

City, people and numbers are invented. Tests hold every one of these pictures to the rules of the panel.
"""
