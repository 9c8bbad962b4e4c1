DROP VIEW IF EXISTS {in_database}.{view}
