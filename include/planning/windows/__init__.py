"""What to read: coverage, windows, requests."""
