SELECT argMax(remaining_credits, day) AS `left_now`
FROM `bi`.`burn_down`
 LIMIT 10000
