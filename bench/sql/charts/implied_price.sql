SELECT toStartOfDay(toDateTime(`day`)) AS `day`, `symbol` AS `symbol`, initcap(replaceAll(source, '_', ' ')) AS `venue`, avg(implied_price) AS `implied_price_mean`
FROM `bi`.`open_interest_daily`
WHERE `day` >= {since_day:Date} AND `source` != 'kalshi' GROUP BY `day`, `symbol`, `venue` ORDER BY `implied_price_mean` DESC
 LIMIT 100000
