INSERT INTO {database}.schema_migrations (name, checksum) VALUES ({name:String}, {checksum:String})
