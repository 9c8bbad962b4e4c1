-- A view under another name takes its place.
DROP VIEW IF EXISTS {database}.ledger_newest_telling;

ALTER TABLE {database}.ledger_coverage
    COMMENT COLUMN proven 'True where good answers showed the stretch empty twice: the vendor has no row',
    COMMENT COLUMN observed_at 'When it was requested, UTC',
    MODIFY COMMENT 'The ledger''s coverage: what was requested of each series and what was found';

ALTER TABLE {database}.ledger_spend
    COMMENT COLUMN symbol 'What was requested, such as BTC';

ALTER TABLE {database}.ledger_cycles
    COMMENT COLUMN allowance_credits 'Credits that may be spent in it; NULL where it is unknown',
    MODIFY COMMENT 'The billing cycles with their allowances, each by its newest copy';
