CREATE TABLE IF NOT EXISTS {database}.ledger_pages ON CLUSTER {cluster} AS {database}.ledger_pages_local
ENGINE = Distributed({cluster}, {database}, ledger_pages_local, cityHash64(page_path))
COMMENT 'The ledger''s landed pages over all shards'
