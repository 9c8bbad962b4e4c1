-- A stage left by a crash is started afresh. SYNC frees its disk space now, not minutes later.
DROP TABLE IF EXISTS {database}.{stage}_observations SYNC;
DROP TABLE IF EXISTS {database}.{stage}_current SYNC;
CREATE TABLE {database}.{stage}_observations AS {database}.open_interest_observations;
CREATE TABLE {database}.{stage}_current AS {database}.open_interest_current;
