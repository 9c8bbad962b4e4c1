SELECT sum(restatements) AS `restated_sum`
FROM `bi`.`restatements_daily`
WHERE `day` >= {since_day:Date}
 LIMIT 10000
