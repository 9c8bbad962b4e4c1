SELECT `symbol` AS `symbol`, initcap(replaceAll(source, '_', ' ')) AS `venue`, `interval` AS `interval`, max(newest) AS `newest_row`, max(intervals_behind) AS `behind`, max(last_asked_at) AS `last_request`
FROM `bi`.`freshness` GROUP BY `symbol`, `venue`, `interval` ORDER BY `behind` DESC
 LIMIT 1000
