"""Step 1: wanted minus covered becomes windows."""
