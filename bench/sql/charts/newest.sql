SELECT max(as_of) AS `newest`
FROM `bi`.`open_interest_now`
 LIMIT 10000
