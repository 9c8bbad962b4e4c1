CREATE TABLE IF NOT EXISTS {database}.ledger_coverage ON CLUSTER {cluster} AS {database}.ledger_coverage_local
ENGINE = Distributed({cluster}, {database}, ledger_coverage_local, cityHash64(source, interval, symbol))
COMMENT 'The ledger''s coverage over all shards: what was requested of each series and what was found'
