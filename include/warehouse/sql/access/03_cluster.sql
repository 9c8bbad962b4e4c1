-- To make tables everywhere, and to reach the other shards through them.
GRANT CLUSTER, REMOTE ON *.* TO oi_loader;

-- A cluster with a secret queries its shards in the name of the reader, not of the maker of the mart. So the reader may
-- read there what marts are made of: of quarantine no text as received, and of the rules' results no values.
GRANT SELECT ON {database}.open_interest_current_local TO oi_reader;
GRANT SELECT ON {database}.open_interest_observations_local TO oi_reader;
GRANT SELECT ON {database}.ledger_coverage_local TO oi_reader;
GRANT SELECT ON {database}.ledger_cycles_local TO oi_reader;
GRANT SELECT ON {database}.ledger_derived_local TO oi_reader;
GRANT SELECT ON {database}.ledger_spend_local TO oi_reader;
GRANT SELECT ON {database}.ledger_symbols_local TO oi_reader;
GRANT SELECT ON {database}.ledger_pages_local TO oi_reader;
GRANT SELECT ON {database}.open_interest_day_rows_local TO oi_reader;
GRANT SELECT(validated_at, suite, rule, level, severity, success, errored, element_count, unexpected_count)
    ON {database}.dq_result_rows_local TO oi_reader;
GRANT SELECT(quarantine_id, batch_id, window_id, page_path, row_index, symbol, source, interval, covers, rules, known_at)
    ON {database}.quarantine_rows_local TO oi_reader;
