"""What a run wants, and what that means in series."""
