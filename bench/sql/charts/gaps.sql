SELECT `symbol` AS `symbol`, initcap(replaceAll(source, '_', ' ')) AS `venue`, `interval` AS `interval`, `first` AS `first`, `last` AS `last`, `reason` AS `reason`, sum(buckets) AS `missing_buckets`
FROM `bi`.`gaps`
WHERE `first` >= {since_midnight:DateTime('UTC')} GROUP BY `symbol`, `venue`, `interval`, `first`, `last`, `reason` ORDER BY max(last) DESC
 LIMIT 1000
