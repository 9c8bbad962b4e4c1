SELECT toStartOfDay(toDateTime(`day`)) AS `day`, `symbol` AS `symbol`, initcap(replaceAll(source, '_', ' ')) AS `venue`, avg(implied_price) AS `implied_price_mean`
FROM `bi`.`open_interest_daily` INNER JOIN (SELECT `symbol` AS `symbol__`, initcap(replaceAll(source, '_', ' ')) AS `venue__`, avg(implied_price) AS `mme_inner__`
FROM `bi`.`open_interest_daily`
WHERE `day` >= {since_day:Date} AND `source` != 'kalshi' GROUP BY `symbol__`, `venue__` ORDER BY sum(close_usd) DESC
 LIMIT 30) AS `series_limit` ON `symbol` = `symbol__` AND initcap(replaceAll(source, '_', ' ')) = `venue__`
WHERE `day` >= {since_day:Date} AND `source` != 'kalshi' GROUP BY `day`, `symbol`, `venue` ORDER BY sum(close_usd) DESC
 LIMIT 100000
