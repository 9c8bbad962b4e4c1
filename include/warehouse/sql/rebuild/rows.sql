SELECT (SELECT count() FROM {database}.open_interest_observations) + (SELECT count() FROM {database}.quarantine_rows)
