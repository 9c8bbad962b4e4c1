-- Rows as they were sent, copies too: the engine knows their number without reading them.
SELECT count() FROM {database}.{stage}_observations
