SELECT toStartOfDay(toDateTime(`day`)) AS `day`, concat(initcap(replaceAll(source, '_', ' ')), ' ', interval) AS `venue_interval`, min(1 - missing / nullIf(expected, 0)) AS `least_complete`
FROM `bi`.`coverage`
WHERE `day` >= {since_day:Date} GROUP BY `day`, `venue_interval` ORDER BY `day` ASC, concat(initcap(replaceAll(source, '_', ' ')), ' ', interval) DESC
 LIMIT 100000
