"""What an operator does with a data folder from outside the server: make, check, copy, put back.

A running server is never asked: its journal is read beside it, and what would change the folder
waits until it has stopped. `doctor` looks at everything round it.
"""
