-- Sums of floats differ in the last digits, hence the margin around the mean.
SELECT 'bi.open_interest_daily has ' || toString(points) || ' of ' || toString(points_expected) || ' points and low '
    || toString(low) || ', open ' || toString(open) || ', mean ' || toString(mean) || ', close ' || toString(close)
    || ', high ' || toString(high) || ' for ' || symbol || ' ' || source || ' on ' || toString(day)
    || ': open, mean and close must lie between low and high, and no day has more points than its interval allows. '
    || 'Look for rows off the grid of ' || interval AS sentence
FROM {bi}.open_interest_daily
WHERE day >= today() - 90
    AND (points > points_expected OR least(open, close) < low OR greatest(open, close) > high
        OR mean < low - 1e-9 * abs(low) OR mean > high + 1e-9 * abs(high))
ORDER BY day DESC, symbol, source
LIMIT 5
