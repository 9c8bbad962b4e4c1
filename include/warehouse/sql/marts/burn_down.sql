-- Where the day of renewal was changed, cycles overlap: a day belongs to the one that was synced last. A day without a
-- charge has its row too, up to the day of the newest sync. A cycle that begins later has none: the clock was ahead.
CREATE OR REPLACE VIEW {bi}.burn_down
(
    cycle_first_day     Date                 COMMENT 'First day of the billing cycle, UTC',
    cycle_last_day      Date                 COMMENT 'Last day of the billing cycle, UTC',
    day                 Date                 COMMENT 'Day of the cycle, UTC, up to the day of ledger_as_of',
    spent_credits       Int64                COMMENT 'Credits that count as spent on this day',
    cycle_spent_credits Int64                COMMENT 'Credits that count as spent in the cycle up to the end of this day',
    allowance_credits   Nullable(Int64)      COMMENT 'Credits that may be spent in the cycle; NULL where it is unknown',
    remaining_credits   Nullable(Int64)      COMMENT 'allowance_credits - cycle_spent_credits, at the end of this day',
    even_credits        Nullable(Int64)      COMMENT 'Credits that remain at the end of this day at an even pace',
    ledger_as_of        DateTime64(3, 'UTC') COMMENT 'When the ledger was read for this, UTC: later charges are not in it'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS SELECT
    belongs.1 AS cycle_first_day, belongs.2 AS cycle_last_day, day, spent AS spent_credits,
    sum(spent) OVER (PARTITION BY belongs.1 ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
        AS cycle_spent_credits,
    belongs.3 AS allowance_credits, allowance_credits - cycle_spent_credits AS remaining_credits,
    intDiv(allowance_credits * (cycle_last_day - day), 1 + cycle_last_day - cycle_first_day) AS even_credits,
    belongs.4 AS ledger_as_of
FROM
(
    SELECT
        day, argMax((first_day, last_day, allowance_credits, ledger_as_of), (ledger_as_of, of_a_cycle)) AS belongs,
        sum(charged) AS spent
    FROM
    (
        SELECT
            first_day + arrayJoin(range(toUInt32(greatest(
                least(after_last, toDate(ledger_as_of) + 1) - first_day, 0)))) AS day,
            first_day, after_last - 1 AS last_day, allowance_credits, ledger_as_of, true AS of_a_cycle, 0 AS charged
        FROM {database}.ledger_cycles FINAL
        UNION ALL
        SELECT
            day, day AS first_day, day AS last_day, NULL AS allowance_credits, toDateTime64(0, 3, 'UTC') AS ledger_as_of,
            false AS of_a_cycle, settled_credits + reserved_credits AS charged
        FROM {database}.ledger_spend FINAL
    )
    GROUP BY day
    HAVING max(of_a_cycle)
)
COMMENT 'Credits that remain of each billing cycle''s allowance, day by day'
