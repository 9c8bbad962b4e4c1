SELECT *
FROM bi.open_interest_now
