-- Migrations write a handful of parts once, which the engine keeps for half a minute: not worth waiting for.
SELECT count()
FROM system.parts
WHERE database = {database_name:String} AND NOT active AND table != 'schema_migrations'
