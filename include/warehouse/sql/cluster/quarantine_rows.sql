CREATE TABLE IF NOT EXISTS {database}.quarantine_rows ON CLUSTER {cluster} AS {database}.quarantine_rows_local
ENGINE = Distributed({cluster}, {database}, quarantine_rows_local, cityHash64(quarantine_id))
COMMENT 'quarantine over all shards; read the view'
