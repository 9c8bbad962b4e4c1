SELECT `timestamp` AS `timestamp`, `symbol` AS `symbol`, sum(open_interest) AS `open_interest_sum`
FROM `bi`.`open_interest` INNER JOIN (SELECT `symbol` AS `symbol__`, sum(open_interest) AS `mme_inner__`
FROM `bi`.`open_interest`
WHERE `interval` IN ('1h') AND `timestamp` >= {since_midnight:DateTime('UTC')} AND `source` = 'kalshi' GROUP BY `symbol__` ORDER BY sum(open_interest) DESC
 LIMIT 10) AS `series_limit` ON `symbol` = `symbol__`
WHERE `interval` IN ('1h') AND `timestamp` >= {since_midnight:DateTime('UTC')} AND `source` = 'kalshi' GROUP BY `timestamp`, `symbol` ORDER BY `open_interest_sum` DESC
 LIMIT 100000
