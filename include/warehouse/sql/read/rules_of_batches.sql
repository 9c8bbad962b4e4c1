SELECT batch_id, rule, success
FROM {database}.dq_results
WHERE batch_id IN {batch_ids:Array(String)}
ORDER BY batch_id, level, rule
