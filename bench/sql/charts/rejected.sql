SELECT count() AS `rejected_rows`
FROM `bi`.`quarantine`
WHERE `timestamp` >= {since_midnight:DateTime('UTC')}
 LIMIT 10000
