-- The stretches that count, and those that the days were computed with: others where a crash came in between.
SELECT source, interval, symbol, derived_from, derived_until, days_from, days_until
FROM {database}.ledger_derived FINAL
