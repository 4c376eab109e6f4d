"""The lobby display: the screen that shows who is called and how long the wait is."""
