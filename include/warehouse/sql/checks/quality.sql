SELECT '{bi}.quality says that ' || toString(rows_unexpected) || ' of ' || toString(rows_checked) || ' rows broke '
    || suite || ' ' || rule || ' on ' || toString(day) || ', in ' || toString(batches_failed) || ' of '
    || toString(batches) || ' batches: a part must not be larger than the whole' AS sentence
FROM {bi}.quality
WHERE batches_failed > batches OR (level = 'row' AND rows_unexpected > rows_checked)
ORDER BY day DESC, suite, rule
LIMIT 5
