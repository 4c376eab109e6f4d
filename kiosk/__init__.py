"""The kiosk: the terminal in the lobby where a customer takes a number or checks in."""
