SELECT argMax(cycle_spent_credits, day) AS `cycle_spent_now`
FROM `bi`.`burn_down`
 LIMIT 10000
