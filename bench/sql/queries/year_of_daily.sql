SELECT day, source, open_usd, high_usd, low_usd, close_usd, mean_usd, change_usd_ratio
FROM bi.open_interest_daily
WHERE symbol = 'BTC' AND day >= {a_year_before:Date} AND day < {end:Date}
