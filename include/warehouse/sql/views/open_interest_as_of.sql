CREATE OR REPLACE VIEW {database}.open_interest_as_of
AS SELECT timestamp, symbol, source, interval, open_interest, open_interest_usd, known_at
FROM {database}.open_interest_observations FINAL
WHERE known_at <= {moment:DateTime64(3, 'UTC')}
ORDER BY source, interval, symbol, timestamp, known_at DESC
LIMIT 1 BY source, interval, symbol, timestamp
COMMENT 'open_interest as it was known at a moment: open_interest_as_of(moment = ''2026-03-07 04:00:00'')'
