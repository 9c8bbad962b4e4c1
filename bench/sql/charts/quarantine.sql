SELECT `symbol` AS `symbol`, initcap(replaceAll(source, '_', ' ')) AS `venue`, `interval` AS `interval`, `timestamp` AS `timestamp`, arrayStringConcat(rules, ', ') AS `rule_names`, count() AS `rejected_rows`, max(known_at) AS `newest_rejected`
FROM `bi`.`quarantine`
WHERE `timestamp` >= {since_midnight:DateTime('UTC')} GROUP BY `symbol`, `venue`, `interval`, `timestamp`, `rule_names` ORDER BY `newest_rejected` DESC
 LIMIT 1000
