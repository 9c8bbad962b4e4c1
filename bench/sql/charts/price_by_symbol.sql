SELECT `symbol` AS `symbol`, sum(spent_credits) / nullIf(sum(rows_stored), 0) AS `credits_per_useful_row`, sum(spent_credits) AS `credits_sum`, sum(rows_stored) AS `rows_stored_sum`
FROM `bi`.`useful_rows` GROUP BY `symbol` ORDER BY `credits_per_useful_row` DESC
 LIMIT 1000
