"""What a run is asked for, and what that means in series."""
