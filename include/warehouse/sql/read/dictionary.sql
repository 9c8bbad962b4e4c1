-- Stages come and go with their batches, and what a cluster has on each shard is its own: nobody's to read.
SELECT tables.database, tables.name, tables.comment, columns.name, columns.type, columns.comment
FROM system.tables AS tables
LEFT JOIN system.columns AS columns ON columns.database = tables.database AND columns.table = tables.name
WHERE tables.database IN ({database_name:String}, {bi_name:String}) AND NOT startsWith(tables.name, 'stage_')
    AND NOT endsWith(tables.name, '_local')
ORDER BY tables.database = {database_name:String}, tables.name, columns.position
