-- {shadow} has the tables now that people read before. What was published into them after 02 is brought over.
CREATE TABLE {shadow}.late_batches
ENGINE = MergeTree
ORDER BY batch_id
AS SELECT DISTINCT batch_id
FROM {shadow}.open_interest_observations
WHERE batch_id NOT IN (SELECT batch_id FROM {database}.open_interest_observations);

INSERT INTO {database}.open_interest_observations
    (timestamp, symbol, source, interval, open_interest, open_interest_usd, known_at, batch_id)
SELECT timestamp, symbol, source, interval, open_interest, open_interest_usd, known_at, batch_id
FROM {shadow}.open_interest_observations FINAL
WHERE batch_id IN (SELECT batch_id FROM {shadow}.late_batches)
    AND (toString(symbol), toString(interval), known_at) NOT IN (SELECT symbol, interval, known_at FROM {shadow}.replayed_pages);

INSERT INTO {database}.open_interest_current
    (timestamp, symbol, source, interval, open_interest, open_interest_usd, known_at)
SELECT timestamp, symbol, source, interval, open_interest, open_interest_usd, known_at
FROM {shadow}.open_interest_observations FINAL
WHERE batch_id IN (SELECT batch_id FROM {shadow}.late_batches)
    AND (toString(symbol), toString(interval), known_at) NOT IN (SELECT symbol, interval, known_at FROM {shadow}.replayed_pages);

INSERT INTO {database}.quarantine_rows
SELECT * FROM {shadow}.quarantine_rows FINAL
WHERE batch_id NOT IN (SELECT batch_id FROM {database}.quarantine_rows)
    AND page_path NOT IN (SELECT page_path FROM {shadow}.replayed_pages);

INSERT INTO {database}.dq_result_rows
SELECT * FROM {shadow}.dq_result_rows FINAL
WHERE batch_id NOT IN (SELECT batch_id FROM {database}.dq_result_rows);
