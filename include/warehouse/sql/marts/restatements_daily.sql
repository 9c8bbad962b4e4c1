CREATE OR REPLACE VIEW {bi}.restatements_daily
(
    day                             Date                            COMMENT 'Day of the values, UTC',
    symbol                          LowCardinality(String)          COMMENT 'Such as BTC',
    source                          LowCardinality(String)          COMMENT 'Exchange and market, such as binance_futures',
    interval                        LowCardinality(String)          COMMENT '5m, 15m, 1h, 4h or 1d',
    observations                    UInt64                          COMMENT 'Stored values of the day; derived ones do not count',
    restatements                    UInt64                          COMMENT 'How many times a value of the day was changed: its rows of the mart restatements',
    largest_change_ratio            Nullable(Float64)               COMMENT 'The largest change as a fraction of the value before, without its sign; NULL where that is 0, or none was changed',
    newest_timestamp                Nullable(DateTime64(0, 'UTC'))  COMMENT 'Time of the value that was changed last, UTC; NULL where none was',
    newest_previous_open_interest   Nullable(Float64)               COMMENT 'Its value before; base units or contracts',
    newest_open_interest            Nullable(Float64)               COMMENT 'Its value after; same unit',
    newest_known_at                 Nullable(DateTime64(3, 'UTC'))  COMMENT 'From when that was known, UTC'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS SELECT
    day, symbol, source, interval, days.observations - derived_observations AS observations, restatements,
    largest_restatement_ratio AS largest_change_ratio,
    if(restatements = 0, NULL, newest_restatement[1].2) AS newest_timestamp,
    if(restatements = 0, NULL, newest_restatement[1].3) AS newest_previous_open_interest,
    if(restatements = 0, NULL, newest_restatement[1].4) AS newest_open_interest,
    if(restatements = 0, NULL, newest_restatement[1].1) AS newest_known_at
FROM {database}.open_interest_days AS days
WHERE days.observations > derived_observations
COMMENT 'How many values of each series and day the vendor changed, 0 where none, and the one that it changed last'
