CREATE TABLE IF NOT EXISTS {database}.schema_migrations ON CLUSTER {cluster} AS {database}.schema_migrations_local
ENGINE = Distributed({cluster}, {database}, schema_migrations_local, cityHash64(name))
COMMENT 'Which migrations this database has had, over all shards'
