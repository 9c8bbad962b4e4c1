ALTER TABLE {database}.open_interest_current ATTACH PARTITION ALL FROM {database}.{stage}_current
