"""How long people will wait: forward simulation of the lobby, learned and calibrated. Pure.

Read `forecast.py` first: it is the one entry, for the server and for a notebook alike.
"""
