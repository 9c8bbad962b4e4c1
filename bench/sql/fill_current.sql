INSERT INTO market.open_interest_current
SELECT timestamp, symbol, source, interval, open_interest, open_interest_usd, known_at
FROM market.open_interest_observations
