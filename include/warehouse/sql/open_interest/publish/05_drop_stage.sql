DROP TABLE IF EXISTS {database}.{stage}_observations SYNC;
DROP TABLE IF EXISTS {database}.{stage}_current SYNC;
