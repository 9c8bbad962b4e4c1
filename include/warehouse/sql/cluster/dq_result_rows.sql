CREATE TABLE IF NOT EXISTS {database}.dq_result_rows ON CLUSTER {cluster} AS {database}.dq_result_rows_local
ENGINE = Distributed({cluster}, {database}, dq_result_rows_local, cityHash64(batch_id))
COMMENT 'dq_results over all shards; read the view'
