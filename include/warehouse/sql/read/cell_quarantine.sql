SELECT timestamp_text, rules, raw, page_path, row_index, batch_id, known_at
FROM {database}.quarantine
WHERE batch_id IN {batch_ids:Array(String)}
    AND source = {source:String} AND interval = {interval:String} AND symbol = {symbol:String}
ORDER BY known_at, page_path, row_index
