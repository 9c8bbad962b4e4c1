-- To make tables everywhere, and to reach the other shards through them.
GRANT CLUSTER, REMOTE ON *.* TO oi_loader;

-- A cluster with a secret asks its shards in the name of who asks, not of who made the mart. So the reader may read
-- there what marts are made of: nothing of quarantine, and of the rules' results no values.
GRANT SELECT ON {database}.open_interest_current_local TO oi_reader;
GRANT SELECT ON {database}.open_interest_observations_local TO oi_reader;
GRANT SELECT ON {database}.ledger_coverage_local TO oi_reader;
GRANT SELECT ON {database}.ledger_cycles_local TO oi_reader;
GRANT SELECT ON {database}.ledger_derived_local TO oi_reader;
GRANT SELECT ON {database}.ledger_spend_local TO oi_reader;
GRANT SELECT(validated_at, suite, rule, level, severity, success, errored, element_count, unexpected_count)
    ON {database}.dq_result_rows_local TO oi_reader;
