-- A day that has each row is taken as it is, and its arrays, which are long, are read once. In another one its rows and the
-- last ones of the day before (0) are sorted together with the moments of the grid (1), and each moment takes the row before
-- it. -1 stands for a value that is not there: they are never negative. The storage of open_interest_days is named, as each
-- view in between takes time to plan.
CREATE OR REPLACE VIEW {bi}.open_interest_held
(
    timestamp         DateTime64(0, 'UTC')   COMMENT 'A moment on the grid of the interval, UTC, up to the newest row of any series of that interval',
    symbol            LowCardinality(String) COMMENT 'Such as BTC',
    source            LowCardinality(String) COMMENT 'Exchange and market, such as binance_futures',
    interval          LowCardinality(String) COMMENT '5m, 15m, 1h, 4h or 1d',
    open_interest     Nullable(Float64)      COMMENT 'The newest value of the last 24 hours; base units or contracts',
    open_interest_usd Nullable(Float64)      COMMENT 'The newest notional of the last 24 hours in US dollars; NULL where the source gave none',
    held              Bool                   COMMENT 'True where there is no row at this moment: the values are earlier ones',
    day               Date                   COMMENT 'Day of timestamp, UTC; a filter on it spares reading the other days'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS WITH
    (
        SELECT groupArray((interval, toInt64(newest)))
        FROM
        (
            SELECT interval, max(close_at) AS newest
            FROM {database}.open_interest_day_rows FINAL
            WHERE observations > 0
            GROUP BY interval
        )
    ) AS newest_rows
SELECT
    toDateTime(day, 'UTC') + second AS timestamp, symbol, source, interval, nullIf(value, -1) AS open_interest,
    nullIf(usd, -1) AS open_interest_usd, held, day
FROM
(
    SELECT day, symbol, source, interval, toInt32(second) AS second, value, usd, false AS held
    FROM {database}.open_interest_day_rows FINAL
    ARRAY JOIN seconds AS second, open_interest AS value, open_interest_usd AS usd
    WHERE observations > 0 AND observations * step_seconds = 86400 AND usd_observations = observations
    UNION ALL
    SELECT day, symbol, source, interval, moment.1 AS second, moment.2 AS value, moment.3 AS usd, moment.4 AS held
    FROM
    (
        SELECT
            day, symbol, source, interval,
            arrayJoin(arrayFilter(one -> one.2 >= 0 OR one.3 >= 0, arrayMap(
                (place, before, usd_before) -> (
                    place.1, if(place.1 - before.1 < 86400, before.2, -1.),
                    if(place.1 - usd_before.1 < 86400, usd_before.2, -1.), toBool(place.1 != before.1)),
                arrayFilter(place -> place.2 = 1, places),
                arrayFilter((_, place) -> place.2 = 1, values_before, places),
                arrayFilter((_, place) -> place.2 = 1, usd_before, places)))) AS moment
        FROM
        (
            SELECT
                day, symbol, source, interval, places,
                arrayFill(one -> one.2 >= 0, arrayZip(places.1, places.3)) AS values_before,
                arrayFill(one -> one.2 >= 0, arrayZip(places.1, places.4)) AS usd_before
            FROM
            (
                SELECT
                    day, symbol, source, interval,
                    arraySort(arrayConcat(
                        groupArrayArray(rows),
                        arrayMap(
                            second -> (second, 1, -1., -1.),
                            range(
                                0, toInt32(least(86400, arrayFirst(one -> one.1 = interval, newest_rows).2 - 86400 * toInt64(day) + 1)),
                                toInt32(any(step)))))) AS places
                FROM
                (
                    SELECT
                        day, symbol, source, interval, step_seconds AS step,
                        false AS is_whole,
                        arrayMap(
                            (second, value, usd) -> (toInt32(second), 0, value, usd),
                            seconds, open_interest, open_interest_usd) AS rows
                    FROM {database}.open_interest_day_rows FINAL
                    WHERE observations > 0 AND (symbol, source, interval, day) GLOBAL IN
                    (
                        SELECT symbol, source, interval, day
                        FROM {database}.open_interest_day_rows FINAL
                        WHERE observations > 0 AND (observations * step_seconds < 86400 OR usd_observations < observations)
                    )
                    UNION ALL
                    SELECT day, symbol, source, interval, step_seconds AS step, true AS is_whole, [] AS rows
                    FROM {database}.open_interest_day_rows FINAL
                    WHERE observations > 0 AND observations * step_seconds = 86400 AND usd_observations = observations
                    UNION ALL
                    SELECT
                        day + 1 AS day, symbol, source, interval, step_seconds AS step, false AS is_whole,
                        [
                            (toInt32(toUnixTimestamp(close_at) - midnight), 0, close, -1.),
                            (toInt32(toUnixTimestamp(ifNull(last_usd_at, close_at)) - midnight), 0, -1., ifNull(last_usd, -1))
                        ] AS rows
                    FROM
                    (
                        SELECT *, toUnixTimestamp(toDateTime(day + 1, 'UTC')) AS midnight
                        FROM {database}.open_interest_day_rows FINAL
                        WHERE observations > 0
                    )
                )
                GROUP BY day, symbol, source, interval
                HAVING NOT max(is_whole)
            )
        )
    )
)
COMMENT 'Open interest at each moment of an interval: a value holds until the next one, for less than 24 hours, so that sums do not dip where a source is silent'
