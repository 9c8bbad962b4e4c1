-- A page's rows are known by what was requested and when it was received; only rows of pages that are not replayed stay.
INSERT INTO {shadow}.open_interest_observations
    (timestamp, symbol, source, interval, open_interest, open_interest_usd, known_at, batch_id)
SELECT timestamp, symbol, source, interval, open_interest, open_interest_usd, known_at, batch_id
FROM {database}.open_interest_observations FINAL
WHERE (toString(symbol), toString(interval), known_at) NOT IN (SELECT symbol, interval, known_at FROM {shadow}.replayed_pages);

INSERT INTO {shadow}.open_interest_current
    (timestamp, symbol, source, interval, open_interest, open_interest_usd, known_at)
SELECT timestamp, symbol, source, interval, open_interest, open_interest_usd, known_at
FROM {database}.open_interest_observations FINAL
WHERE (toString(symbol), toString(interval), known_at) NOT IN (SELECT symbol, interval, known_at FROM {shadow}.replayed_pages);

INSERT INTO {shadow}.quarantine_rows
SELECT * FROM {database}.quarantine_rows FINAL
WHERE page_path NOT IN (SELECT page_path FROM {shadow}.replayed_pages);

INSERT INTO {shadow}.dq_result_rows
SELECT * FROM {database}.dq_result_rows FINAL;
