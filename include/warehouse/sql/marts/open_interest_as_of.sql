CREATE OR REPLACE VIEW {bi}.open_interest_as_of
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS SELECT timestamp, symbol, source, interval, open_interest, open_interest_usd, known_at
FROM {database}.open_interest_as_of(moment = {moment:DateTime64(3, 'UTC')})
COMMENT 'Open interest as it was known at a moment, UTC: open_interest_as_of(moment = ''2026-03-07 04:00:00'')'
