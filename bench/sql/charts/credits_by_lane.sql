SELECT toStartOfDay(toDateTime(`day`)) AS `day`, `lane` AS `lane`, sum(spent_credits) AS `spent_credits_sum`
FROM `bi`.`credits`
WHERE `day` >= {since_day:Date} GROUP BY `day`, `lane` ORDER BY `spent_credits_sum` DESC
 LIMIT 100000
