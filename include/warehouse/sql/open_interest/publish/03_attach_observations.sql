ALTER TABLE {database}.open_interest_observations ATTACH PARTITION ALL FROM {database}.{stage}_observations
