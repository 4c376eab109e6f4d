"""What the server and its clients must agree on, and nothing else."""
