SELECT toStartOfDay(toDateTime(`timestamp`)) AS `timestamp`, `symbol` AS `symbol`, initcap(replaceAll(source, '_', ' ')) AS `venue`, avg(share) AS `mean_share`
FROM `bi`.`source_share` INNER JOIN (SELECT `symbol` AS `symbol__`, initcap(replaceAll(source, '_', ' ')) AS `venue__`, avg(share) AS `mme_inner__`
FROM `bi`.`source_share`
WHERE `interval` IN ('1h') AND `day` >= {since_day:Date} AND `complete` = true AND `sources` > 1 GROUP BY `symbol__`, `venue__` ORDER BY avg(share) DESC
 LIMIT 45) AS `series_limit` ON `symbol` = `symbol__` AND initcap(replaceAll(source, '_', ' ')) = `venue__`
WHERE `interval` IN ('1h') AND `day` >= {since_day:Date} AND `complete` = true AND `sources` > 1 GROUP BY `timestamp`, `symbol`, `venue` ORDER BY `mean_share` DESC
 LIMIT 100000
