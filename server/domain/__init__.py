"""The rules of the lobby, pure: no input or output, no clock, no chance, no event loop."""
