SELECT batch_id, rule, level, severity, success, errored, ifNull(unexpected_count, 0)
FROM {database}.dq_results
WHERE batch_id IN {batch_ids:Array(String)}
ORDER BY batch_id, level, rule
