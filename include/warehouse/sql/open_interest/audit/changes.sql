-- What each row of the batch is to the answer known before it. open_interest_usd is never negative, so -1 can stand for
-- NULL.
SELECT
    count() AS found,
    countIf(previous IS NULL) AS new,
    countIf(previous != open_interest
            OR previous IS NOT NULL AND ifNull(previous_usd, -1) != ifNull(open_interest_usd, -1)) AS changed
FROM
(
    {open_interest/audit/answers.sql}
)
WHERE batch_id = {batch_id:String}
