SELECT `symbol` AS `symbol`, sum(spent_credits) AS `spent_credits_sum`, sum(requests) AS `requests_sum`, sum(rows) AS `rows_sum`, sum(spent_credits) / nullIf(sum(rows), 0) AS `credits_per_row`
FROM `bi`.`credits`
WHERE `day` >= {since_day:Date} GROUP BY `symbol` ORDER BY `spent_credits_sum` DESC
 LIMIT 1000
