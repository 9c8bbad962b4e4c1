SELECT max(ledger_as_of) AS `ledger_read`
FROM `bi`.`burn_down`
 LIMIT 10000
