"""How well told waits have held: every range that was shown, what then happened, and the figures
of it. What is shown, and when, is decided elsewhere."""
