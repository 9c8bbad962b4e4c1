CREATE TABLE IF NOT EXISTS {database}.open_interest_day_rows ON CLUSTER {cluster} AS {database}.open_interest_day_rows_local
ENGINE = Distributed({cluster}, {database}, open_interest_day_rows_local, cityHash64(source, interval, symbol))
COMMENT 'open_interest_days over all shards, a series on one; read the view'
