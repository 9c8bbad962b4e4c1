CREATE TABLE IF NOT EXISTS {database}.ledger_derived ON CLUSTER {cluster} AS {database}.ledger_derived_local
ENGINE = Distributed({cluster}, {database}, ledger_derived_local, cityHash64(source, interval, symbol))
COMMENT 'The ledger''s proofs over all shards: which intervals of which series are read off 5m rows, and over which time'
