-- What marts need of a day without its arrays, which are long to read.
ALTER TABLE {database}.open_interest_day_rows
    ADD COLUMN IF NOT EXISTS derived_observations UInt32
        COMMENT 'Rows of the day whose value is the 5m snapshot at that time' AFTER known_at,
    ADD COLUMN IF NOT EXISTS usd_observations UInt32
        COMMENT 'Rows of the day with US dollars' AFTER derived_observations,
    ADD COLUMN IF NOT EXISTS last_usd_at Nullable(DateTime('UTC'))
        COMMENT 'Time of the last of them, UTC; NULL where there is none' AFTER usd_observations,
    ADD COLUMN IF NOT EXISTS last_usd Nullable(Float64)
        COMMENT 'US dollars at that time; NULL where there is none' AFTER last_usd_at,
    ADD COLUMN IF NOT EXISTS restatements UInt32
        COMMENT 'Changes of a known value of the day, as the mart restatements lists them' AFTER last_usd,
    ADD COLUMN IF NOT EXISTS largest_restatement_ratio Nullable(Float64)
        COMMENT 'The largest of them, as a fraction of the value before, without its sign' AFTER restatements,
    ADD COLUMN IF NOT EXISTS newest_restatement Array(Tuple(
        known_at DateTime64(3, 'UTC'), timestamp DateTime('UTC'), previous_open_interest Float64, open_interest Float64))
        COMMENT 'The one that was known last; empty where there is none' AFTER largest_restatement_ratio;

-- Days are computed again where they were computed with other stretches than those of the row: a crash may come between.
ALTER TABLE {database}.ledger_derived
    ADD COLUMN IF NOT EXISTS days_from Array(DateTime('UTC')) DEFAULT derived_from
        COMMENT 'Where each stretch begins that open_interest_days was computed with, UTC' AFTER told_at,
    ADD COLUMN IF NOT EXISTS days_until Array(DateTime('UTC')) DEFAULT derived_until
        COMMENT 'Where each of them ends, UTC; not in it' AFTER days_from;
