"""What the terminals' screens have in common: the app's frame, big letters, QR codes, the theme."""
