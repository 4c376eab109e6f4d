"""What Lobby costs and stands, measured: each figure against a limit measured in the same run.

`python -m bench` runs everything, `python -m bench.NAME` one of them; README.md explains both.
"""
