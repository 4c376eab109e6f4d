"""Plays a day of a branch through real connections, as customers and staff would live it."""
