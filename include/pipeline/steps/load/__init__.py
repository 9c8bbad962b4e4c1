"""Step 4: accepted rows go into ClickHouse."""
