CREATE DATABASE IF NOT EXISTS market ON CLUSTER main;

CREATE TABLE IF NOT EXISTS market.schema_migrations_local ON CLUSTER main
(
    name       String               COMMENT 'File name of the migration',
    checksum   String               COMMENT 'SHA-256 of the file as it was applied',
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplicatedReplacingMergeTree(applied_at)
ORDER BY name
COMMENT 'Which migrations this database has had';

CREATE TABLE IF NOT EXISTS market.schema_migrations ON CLUSTER main AS market.schema_migrations_local
ENGINE = Distributed(main, market, schema_migrations_local, cityHash64(name))
COMMENT 'Which migrations this database has had, over all shards';

