"""The vendor's API, faithful to its page, for demos and tests: generated or replayed data, plans, prices and faults."""
