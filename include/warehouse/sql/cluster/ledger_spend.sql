CREATE TABLE IF NOT EXISTS {database}.ledger_spend ON CLUSTER {cluster} AS {database}.ledger_spend_local
ENGINE = Distributed({cluster}, {database}, ledger_spend_local, cityHash64(day, lane, symbol))
COMMENT 'The ledger''s charges by day, lane and symbol, over all shards'
