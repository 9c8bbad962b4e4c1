"""What a person's SQL may do: read tables and compute. Needs the standard library alone, so Superset loads it too."""
