SELECT '{bi}.credits says that lane ' || lane || ' spent ' || toString(spent_credits) || ' credits in '
    || toString(requests) || ' requests for ' || symbol || ' on ' || toString(day)
    || ': neither may be below 0, and no day lies in the future. Look at the ledger''s charges' AS sentence
FROM {bi}.credits
WHERE settled_credits < 0 OR reserved_credits < 0 OR requests = 0 OR day > today() + 1
ORDER BY day DESC, lane, symbol
LIMIT 5
