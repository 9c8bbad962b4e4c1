SELECT rules, raw, page_path, row_index, batch_id, known_at
FROM {database}.quarantine
WHERE has(covers, ({symbol:String}, {source:String}, {interval:String}, {at:DateTime('UTC')}))
ORDER BY known_at, page_path, row_index
