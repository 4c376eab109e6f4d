"""The branch server: the only program that decides, remembers and tells the others."""
