"""Step 5: counts are reconciled and coverage is written."""
