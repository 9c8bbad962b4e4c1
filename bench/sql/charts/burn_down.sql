SELECT toStartOfDay(toDateTime(`day`)) AS `day`, max(remaining_credits) AS `left`, max(even_credits) AS `left_at_an_even_pace`
FROM `bi`.`burn_down`
WHERE `day` >= {since_day:Date} GROUP BY `day` ORDER BY `left` DESC
 LIMIT 100000
