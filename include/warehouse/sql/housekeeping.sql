SELECT count() FROM system.parts WHERE database = {database_name:String} AND NOT active
