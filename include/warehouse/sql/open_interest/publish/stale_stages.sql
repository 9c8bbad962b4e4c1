SELECT name
FROM system.tables
WHERE database = {database_name:String} AND startsWith(name, 'stage_')
    AND metadata_modification_time <= now() - toIntervalSecond({age_seconds:UInt32})
