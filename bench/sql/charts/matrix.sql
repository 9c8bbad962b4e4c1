SELECT initcap(replaceAll(source, '_', ' ')) AS `venue`, `symbol` AS `symbol`, sumIf(open_interest_usd, source != 'all') AS `venue_usd`
FROM `bi`.`open_interest_now`
WHERE `source` != 'all' GROUP BY `venue`, `symbol` ORDER BY `venue_usd` DESC
 LIMIT 10000
