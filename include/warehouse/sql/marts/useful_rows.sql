CREATE OR REPLACE VIEW {bi}.useful_rows
(
    symbol          LowCardinality(String) COMMENT 'Such as BTC',
    spent_credits   Int64                  COMMENT 'Credits that count as spent on the symbol, over all time',
    rows_stored     UInt64                 COMMENT 'Rows stored of it; derived ones cost nothing and do not count',
    credits_per_row Nullable(Float64)      COMMENT 'spent_credits / rows_stored; NULL where none is stored'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS SELECT
    symbol, sum(credits) AS spent_credits, sum(stored) AS rows_stored, spent_credits / nullIf(rows_stored, 0) AS credits_per_row
FROM
(
    SELECT symbol, settled_credits + reserved_credits AS credits, 0 AS stored
    FROM {database}.ledger_spend FINAL
    UNION ALL
    SELECT symbol, 0 AS credits, observations - derived_observations AS stored
    FROM {database}.open_interest_days
)
GROUP BY symbol
COMMENT 'What a row that is stored cost, by symbol: rows in quarantine and repeated reads are paid for as well'
