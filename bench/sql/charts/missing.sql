SELECT sum(missing) AS `missing_sum`
FROM `bi`.`coverage`
WHERE `day` >= {since_day:Date}
 LIMIT 10000
