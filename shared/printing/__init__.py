"""Tickets on paper: what stands on them, how printers are told, and what they say back."""
