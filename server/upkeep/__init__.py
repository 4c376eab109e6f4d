"""What an operator does beside a running server: looks at a data folder, and looks after it."""
