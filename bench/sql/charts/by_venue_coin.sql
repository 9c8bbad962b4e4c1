SELECT `timestamp` AS `timestamp`, initcap(replaceAll(source, '_', ' ')) AS `venue`, sumIf(open_interest, source != 'kalshi') AS `held_coin_sum`
FROM `bi`.`open_interest_held`
WHERE `symbol` IN ('LINK') AND `interval` IN ('1h') AND `day` >= {since_day:Date} AND `source` != 'kalshi' GROUP BY `timestamp`, `venue` ORDER BY `held_coin_sum` DESC
 LIMIT 100000
