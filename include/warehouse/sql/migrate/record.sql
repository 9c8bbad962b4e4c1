INSERT INTO {database}.schema_migrations (name, checksum)
SELECT one.1, one.2
FROM (SELECT arrayJoin({applied:Array(Tuple(String, String))}) AS one)
