SELECT toStartOfDay(toDateTime(`timestamp`)) AS `timestamp`, `symbol` AS `symbol`, initcap(replaceAll(source, '_', ' ')) AS `venue`, avg(share) AS `mean_share`
FROM `bi`.`source_share`
WHERE `interval` IN ('1h') AND `day` >= {since_day:Date} AND `complete` = true AND `sources` > 1 GROUP BY `timestamp`, `symbol`, `venue` ORDER BY `mean_share` DESC
 LIMIT 100000
