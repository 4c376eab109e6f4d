"""Figures of a business day, folded from its journal. Pure: events in, values and text out."""
