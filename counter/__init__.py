"""The counter: the terminal at which a teller calls and serves, and the rating panel beside it."""
