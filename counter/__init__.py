"""The counter: the teller's terminal, where the next number is called and served."""
