-- Rows that the vendor gave: what is derived is known only as of now.
CREATE OR REPLACE VIEW {bi}.open_interest_as_of
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS SELECT
    toDateTime64(timestamp, 0, 'UTC') AS timestamp, symbol, source, interval,
    CAST(transform(toString(interval), ['5m', '15m', '1h', '4h', '1d'], [300, 900, 3600, 14400, 86400], 0), 'UInt32')
        AS step_seconds,
    open_interest, open_interest_usd, known_at, false AS derived
FROM {database}.open_interest_as_of(moment = {moment:DateTime64(3, 'UTC')})
COMMENT 'open_interest as it was known at a moment, UTC, with the same columns: open_interest_as_of(moment = ''2026-03-07 04:00:00'')'
