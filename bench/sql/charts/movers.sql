SELECT `symbol` AS `symbol`, initcap(replaceAll(source, '_', ' ')) AS `venue`, max(change_24h_ratio) AS `change_24h_in_unit`, max(change_24h_usd_ratio) AS `change_24h_in_usd`, max(change_24h_usd) AS `change_24h_usd_amount`, max(change_4h_ratio) AS `change_4h_in_unit`, max(change_1h_ratio) AS `change_1h_in_unit`, sumIf(open_interest_usd, source != 'all') AS `venue_usd`, max(as_of) AS `newest`
FROM `bi`.`open_interest_now`
WHERE `open_interest_usd` >= 1000000 AND (`source` NOT IN ('all', 'kalshi')) GROUP BY `symbol`, `venue` ORDER BY if(max(stale), -1, abs(max(change_24h_ratio))) DESC
 LIMIT 1000
