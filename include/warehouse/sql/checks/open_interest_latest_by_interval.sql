SELECT '{bi}.open_interest_latest_by_interval shows ' || symbol || ' ' || source || ' ' || interval || ' '
    || toString(count()) || ' times, the newest ' || toString(min(age_seconds)) || ' s old: a series must have one row, '
    || 'and none from the future. Compare this machine''s clock with the vendor''s' AS sentence
FROM {bi}.open_interest_latest_by_interval
GROUP BY symbol, source, interval
HAVING count() > 1 OR min(age_seconds) < -300
ORDER BY symbol, source, interval
LIMIT 5
