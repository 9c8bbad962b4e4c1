TRUNCATE TABLE IF EXISTS {database}.open_interest_current SYNC;
TRUNCATE TABLE IF EXISTS {database}.open_interest_observations SYNC;
TRUNCATE TABLE IF EXISTS {database}.quarantine_rows SYNC;
TRUNCATE TABLE IF EXISTS {database}.dq_result_rows SYNC;
