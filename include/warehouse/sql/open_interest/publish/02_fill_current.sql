INSERT INTO {database}.{stage}_current
    (timestamp, symbol, source, interval, open_interest, open_interest_usd, known_at)
SELECT timestamp, symbol, source, interval, open_interest, open_interest_usd, known_at
FROM {database}.{stage}_observations
