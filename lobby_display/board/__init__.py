"""The manager's board: what the lobby is steered by, at a desk and on a tablet."""
