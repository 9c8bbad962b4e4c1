"""What charts must show, counted by SQL over the marts: rows by the title of the chart, columns by the names there."""

from __future__ import annotations

VENUE = """transform(source, ['binance_futures', 'hyperliquid', 'kalshi', 'all'],
    ['Binance Futures', 'Hyperliquid', 'Kalshi', 'All'])"""

NUMBERS = {
    "Open interest (USD)": "SELECT sum(open_interest_usd) AS total_usd FROM bi.open_interest_now WHERE source = 'all'",
    "Total by symbol": """
        SELECT
            symbol, open_interest_usd AS total_usd, change_1h_usd_ratio AS total_change_1h_usd_ratio,
            change_24h_usd_ratio AS total_change_24h_usd_ratio, change_24h_usd AS total_change_24h_usd,
            zscore_30d AS total_zscore_30d, from_high_ratio AS total_from_high_ratio
        FROM bi.open_interest_now
        WHERE source = 'all'
    """,
    "Venues": f"""
        SELECT
            symbol, {VENUE} AS venue, open_interest_usd AS open_interest_usd_now, share AS share_now,
            change_1h_usd_ratio AS change_1h_in_usd, change_4h_usd_ratio AS change_4h_in_usd,
            change_24h_usd_ratio AS change_24h_in_usd, change_24h_ratio AS change_24h_in_unit,
            zscore_30d AS zscore_30d_now, open_interest AS open_interest_in_unit, as_of AS newest
        FROM bi.open_interest_now
    """,
    "Movers, 24 h": f"""
        SELECT
            symbol, {VENUE} AS venue, change_24h_ratio AS change_24h_in_unit, change_24h_usd_ratio AS change_24h_in_usd,
            change_24h_usd AS change_24h_usd_amount, open_interest_usd AS venue_usd
        FROM bi.open_interest_now
        WHERE source NOT IN ('all', 'kalshi') AND open_interest_usd >= 1000000
    """,
    "Kalshi markets (contracts)": """
        SELECT symbol, status, open_interest AS contracts, last_row AS newest_row FROM bi.kalshi_markets
    """,
    "Missing buckets": "SELECT sum(missing) AS missing_sum FROM bi.coverage",
    "Gaps": f"""
        SELECT symbol, {VENUE} AS venue, interval, first, last, reason, buckets AS missing_buckets FROM bi.gaps
    """,
    "Freshness of each series": f"SELECT symbol, {VENUE} AS venue, interval, newest AS newest_row FROM bi.freshness",
    "Credits left in this billing cycle": """
        SELECT remaining_credits AS left_now FROM bi.burn_down ORDER BY day DESC LIMIT 1
    """,
    "Credits by symbol": """
        SELECT symbol, sum(spent_credits) AS spent_credits_sum, sum(rows) AS rows_sum FROM bi.credits GROUP BY symbol
    """,
    "Price of a useful row, by symbol": """
        SELECT symbol, credits AS credits_sum, stored AS rows_stored_sum, credits / stored AS credits_per_useful_row
        FROM (SELECT symbol, sum(spent_credits) AS credits FROM bi.credits GROUP BY symbol) AS credits
        INNER JOIN (SELECT symbol, count() AS stored FROM bi.open_interest GROUP BY symbol) AS stored USING symbol
    """,
    "Coverage: complete part of each day, of the least complete symbol (95 % and less in dark red)": f"""
        SELECT
            day, concat({VENUE}, ' ', interval) AS venue_interval,
            min((expected - missing) / expected) AS least_complete
        FROM bi.coverage
        WHERE expected > 0
        GROUP BY ALL
    """,
}

CURVES = {
    "Open interest by venue (USD)": f"""
        SELECT at AS x, {VENUE} AS series, sum(usd) AS value
        FROM
        (
            SELECT series.symbol AS symbol, series.source AS source, moments.at AS at
            FROM (SELECT DISTINCT timestamp AS at FROM bi.open_interest WHERE interval = '1h') AS moments
            CROSS JOIN (SELECT DISTINCT symbol, source FROM bi.open_interest WHERE interval = '1h') AS series
        ) AS wanted
        ASOF INNER JOIN
        (
            SELECT symbol, source, timestamp, open_interest_usd AS usd FROM bi.open_interest WHERE interval = '1h'
        ) AS known ON wanted.symbol = known.symbol AND wanted.source = known.source AND wanted.at >= known.timestamp
        WHERE at < known.timestamp + INTERVAL 1 DAY
        GROUP BY ALL
    """,
    "Open interest by venue (coin)": f"""
        SELECT timestamp AS x, {VENUE} AS series, sum(open_interest) AS value
        FROM bi.open_interest_held
        WHERE interval = '1h' AND source != 'kalshi' AND symbol =
        (
            SELECT symbol FROM bi.open_interest_now WHERE source = 'all' ORDER BY open_interest_usd DESC LIMIT 1
        )
        GROUP BY ALL
    """,
    "Share of each venue": f"""
        SELECT toDate(timestamp) AS x, concat(symbol, ', ', {VENUE}) AS series, avg(share) AS value
        FROM bi.source_share
        WHERE interval = '1h' AND complete
        GROUP BY ALL
    """,
    "Implied price (USD, log scale)": f"""
        SELECT day AS x, concat(symbol, ', ', {VENUE}) AS series, close_usd / close AS value
        FROM bi.open_interest_daily
        WHERE source != 'kalshi'
    """,
    "Kalshi open interest (contracts), ten largest": """
        SELECT timestamp AS x, symbol AS series, open_interest AS value
        FROM bi.open_interest
        WHERE source = 'kalshi' AND interval = '1h'
    """,
    "Credits by day and lane": """
        SELECT day AS x, lane AS series, sum(spent_credits) AS value FROM bi.credits GROUP BY ALL
    """,
}
"""The same of charts over time: moment, name of the series, value."""
