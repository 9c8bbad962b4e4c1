-- Pages from `next` on are not here, or were here without their charge.
SELECT next, arrayCount(number -> number < next, numbers) AS pages
FROM
(
    SELECT
        groupArray(page_number) AS numbers, minIf(page_number, credits IS NULL) AS unsettled,
        if(unsettled > 0, unsettled, max(page_number) + 1) AS next
    FROM
    (
        SELECT page_number, argMax(tuple(charged_credits), ledger_as_of).1 AS credits
        FROM {database}.ledger_pages
        GROUP BY page_number
    )
)
