"""The activities that packages list: each is one small machine and what it shows."""
