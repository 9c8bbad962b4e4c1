"""Step 2: windows become landed pages."""
