-- A sum of hashes does not depend on the order of rows, and unlike an exclusive or it sees repeated ones.
-- batch_id and validated_at are left out: they say how rows were loaded, not what is known.
SELECT 'open_interest' AS view, count() AS rows, hex(sum(sipHash64(
    timestamp, symbol, source, interval, open_interest,
    open_interest_usd IS NULL, ifNull(open_interest_usd, 0), known_at))) AS checksum
FROM {database}.open_interest
UNION ALL
SELECT 'open_interest_history' AS view, count() AS rows, hex(sum(sipHash64(
    timestamp, symbol, source, interval, open_interest,
    open_interest_usd IS NULL, ifNull(open_interest_usd, 0), known_at))) AS checksum
FROM {database}.open_interest_history
UNION ALL
SELECT 'quarantine' AS view, count() AS rows, hex(sum(sipHash64(
    quarantine_id, window_id, page_path, row_index, symbol, source, interval, timestamp_text, rules, raw,
    known_at))) AS checksum
FROM {database}.quarantine
UNION ALL
SELECT 'dq_results' AS view, count() AS rows, hex(sum(sipHash64(
    batch_id, suite, rule, level, severity, expectation, column, success, errored, ifNull(element_count, 0),
    ifNull(unexpected_count, 0), ifNull(missing_count, 0), observed_value, sample, error, kwargs))) AS checksum
FROM {database}.dq_results
