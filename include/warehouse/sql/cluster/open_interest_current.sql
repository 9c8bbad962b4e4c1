CREATE TABLE IF NOT EXISTS {database}.open_interest_current ON CLUSTER {cluster} AS {database}.open_interest_current_local
ENGINE = Distributed({cluster}, {database}, open_interest_current_local, cityHash64(source, interval, symbol))
COMMENT 'open_interest over all shards, a series on one; read the view, which is exact before merges too'
