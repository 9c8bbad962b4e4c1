-- Sums of floats differ in the last digits, hence the margin around the mean.
SELECT 'bi.open_interest_daily has ' || toString(observations) || ' of ' || toString(observations_expected)
    || ' observations and low ' || toString(low) || ', open ' || toString(open) || ', mean ' || toString(mean) || ', close '
    || toString(close) || ', high ' || toString(high) || ', previous close ' || ifNull(toString(prev_close), 'none')
    || ', change ' || ifNull(toString(change), 'none') || ' for ' || symbol || ' ' || source || ' on ' || toString(day)
    || ': open, mean and close must lie between low and high, change is from close to close, and no day has more '
    || 'observations than its interval allows. Look for rows off the grid of ' || interval AS sentence
FROM {bi}.open_interest_daily
WHERE day >= today() - 90
    AND (observations > observations_expected OR least(open, close) < low OR greatest(open, close) > high
        OR mean < low - 1e-9 * abs(low) OR mean > high + 1e-9 * abs(high)
        OR (prev_close IS NOT NULL AND change IS DISTINCT FROM close - prev_close)
        OR (close_usd IS NOT NULL AND close > 0 AND abs(implied_price * close - close_usd) > 1e-9 * close_usd))
ORDER BY day DESC, symbol, source
LIMIT 5
