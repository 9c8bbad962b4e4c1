SELECT source, interval, symbol, derived_from, derived_until
FROM {database}.ledger_derived FINAL
