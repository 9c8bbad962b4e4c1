CREATE TABLE IF NOT EXISTS {database}.open_interest_observations ON CLUSTER {cluster} AS {database}.open_interest_observations_local
ENGINE = Distributed({cluster}, {database}, open_interest_observations_local, cityHash64(source, interval, symbol))
COMMENT 'open_interest_history over all shards, a series on one: each row of each answer; read the view'
