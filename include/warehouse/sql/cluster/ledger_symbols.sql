CREATE TABLE IF NOT EXISTS {database}.ledger_symbols ON CLUSTER {cluster} AS {database}.ledger_symbols_local
ENGINE = Distributed({cluster}, {database}, ledger_symbols_local, cityHash64(symbol))
COMMENT 'The vendor''s lists of symbols over all shards: a row for each symbol ever listed'
