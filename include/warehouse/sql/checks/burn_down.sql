SELECT '{bi}.burn_down shows ' || toString(day) || ' in ' || toString(lines) || ' rows with ' || toString(spent)
    || ' credits spent, and {bi}.credits says ' || toString(charged) || ': a day must have one row, with all that was '
    || 'charged on it. Look at the billing cycles in {database}.ledger_cycles' AS sentence
FROM (SELECT day, count() AS lines, sum(spent_credits) AS spent FROM {bi}.burn_down GROUP BY day) AS shown
LEFT JOIN (SELECT day, sum(spent_credits) AS charged FROM {bi}.credits GROUP BY day) AS by_day USING (day)
WHERE lines > 1 OR spent != charged
ORDER BY day DESC
LIMIT 5
