"""Step 3: landed pages become accepted and quarantined rows."""
