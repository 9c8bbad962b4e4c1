SELECT `title` AS `title`, `symbol` AS `symbol`, `status` AS `status`, sum(open_interest) AS `contracts`, sum(open_interest_usd) AS `contracts_usd`, min(first_listed_at) AS `first_list`, max(last_listed_at) AS `last_list`, max(last_row) AS `newest_row`
FROM `bi`.`kalshi_markets` GROUP BY `title`, `symbol`, `status` ORDER BY `contracts` DESC
 LIMIT 1000
