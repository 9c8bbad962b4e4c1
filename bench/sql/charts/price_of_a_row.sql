SELECT sum(spent_credits) / nullIf(sum(rows_stored), 0) AS `credits_per_useful_row`
FROM `bi`.`useful_rows`
 LIMIT 10000
