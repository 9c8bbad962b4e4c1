SELECT name, checksum FROM {database}.schema_migrations FINAL ORDER BY name
