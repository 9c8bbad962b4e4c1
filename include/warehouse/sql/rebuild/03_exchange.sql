EXCHANGE TABLES {database}.open_interest_observations AND {shadow}.open_interest_observations;
EXCHANGE TABLES {database}.open_interest_current AND {shadow}.open_interest_current;
EXCHANGE TABLES {database}.quarantine_rows AND {shadow}.quarantine_rows;
EXCHANGE TABLES {database}.dq_result_rows AND {shadow}.dq_result_rows;
