GRANT ON CLUSTER main CLUSTER, REMOTE ON *.* TO oi_loader;

GRANT ON CLUSTER main SELECT ON market.open_interest_current_local TO oi_reader;

GRANT ON CLUSTER main SELECT ON market.open_interest_observations_local TO oi_reader;

GRANT ON CLUSTER main SELECT ON market.ledger_coverage_local TO oi_reader;

GRANT ON CLUSTER main SELECT ON market.ledger_cycles_local TO oi_reader;

GRANT ON CLUSTER main SELECT ON market.ledger_derived_local TO oi_reader;

GRANT ON CLUSTER main SELECT ON market.ledger_spend_local TO oi_reader;

GRANT ON CLUSTER main SELECT ON market.ledger_symbols_local TO oi_reader;

GRANT ON CLUSTER main SELECT ON market.ledger_pages_local TO oi_reader;

GRANT ON CLUSTER main SELECT ON market.open_interest_day_rows_local TO oi_reader;

GRANT ON CLUSTER main SELECT(validated_at, suite, rule, level, severity, success, errored, element_count, unexpected_count)
    ON market.dq_result_rows_local TO oi_reader;

GRANT ON CLUSTER main SELECT(quarantine_id, batch_id, window_id, page_path, row_index, symbol, source, interval, covers, rules, known_at)
    ON market.quarantine_rows_local TO oi_reader;

