SELECT `timestamp` AS `timestamp`, initcap(replaceAll(source, '_', ' ')) AS `venue`, sum(open_interest_usd) AS `held_usd_sum`
FROM `bi`.`open_interest_held`
WHERE `interval` IN ('1h') AND `day` >= {since_day:Date} GROUP BY `timestamp`, `venue` ORDER BY `held_usd_sum` DESC
 LIMIT 100000
