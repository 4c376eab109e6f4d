"""The checks, by what they look at: each a function of the folder and the machine.

A check answers with what it found, an empty list where all is well, and None where there is
nothing to look at. It changes nothing and asks nobody: what it needs has been gathered.
"""
