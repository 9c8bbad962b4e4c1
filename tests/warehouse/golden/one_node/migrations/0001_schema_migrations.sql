CREATE DATABASE IF NOT EXISTS market;

CREATE TABLE IF NOT EXISTS market.schema_migrations
(
    name       String               COMMENT 'File name of the migration',
    checksum   String               COMMENT 'SHA-256 of the file as it was applied',
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(applied_at)
ORDER BY name
COMMENT 'Which migrations this database has had';

