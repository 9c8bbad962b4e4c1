SELECT coalesce(sumIf(open_interest_usd, source = 'all'), sumIf(open_interest_usd, source != 'all')) AS `total_usd`
FROM `bi`.`open_interest_now`
 LIMIT 10000
