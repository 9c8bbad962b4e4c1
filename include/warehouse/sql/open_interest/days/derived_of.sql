-- Whether series of a batch are derived or derived from. A copy of the stretches that comes later has its days computed
-- later, so those stand.
SELECT count() > 0 AS is_derived
FROM {database}.ledger_derived
WHERE source IN {sources:Array(String)} AND symbol IN {symbols:Array(String)} AND notEmpty(derived_from)
