SELECT `symbol` AS `symbol`, initcap(replaceAll(source, '_', ' ')) AS `venue`, `interval` AS `interval`, sum(restatements) AS `restated_sum`, max(largest_change_ratio) AS `largest_change`, argMax(newest_timestamp, newest_known_at) AS `newest_time`, argMax(newest_previous_open_interest, newest_known_at) AS `newest_before`, argMax(newest_open_interest, newest_known_at) AS `newest_after`, max(newest_known_at) AS `newest_known`
FROM `bi`.`restatements_daily`
WHERE `day` >= {since_day:Date} GROUP BY `symbol`, `venue`, `interval` ORDER BY `restated_sum` DESC
 LIMIT 1000
