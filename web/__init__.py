"""Terminals in a browser: serves a page for each paired station, and runs its program behind it."""
