SELECT `symbol` AS `symbol`, coalesce(sumIf(open_interest_usd, source = 'all'), sumIf(open_interest_usd, source != 'all')) AS `total_usd`, maxIf(change_1h_usd_ratio, source = 'all') AS `total_change_1h_usd_ratio`, maxIf(change_24h_usd_ratio, source = 'all') AS `total_change_24h_usd_ratio`, maxIf(change_24h_usd, source = 'all') AS `total_change_24h_usd`, maxIf(change_7d_usd_ratio, source = 'all') AS `total_change_7d_usd_ratio`, maxIf(zscore_30d, source = 'all') AS `total_zscore_30d`, maxIf(percentile_30d, source = 'all') AS `total_percentile_30d`, maxIf(from_high_ratio, source = 'all') AS `total_from_high_ratio`, max(stale) AS `is_stale`
FROM `bi`.`open_interest_now` GROUP BY `symbol`
HAVING ((countIf(unit = 'base units') > 0)) ORDER BY `total_usd` DESC
 LIMIT 1000
