DROP VIEW IF EXISTS market.ledger_newest_telling ON CLUSTER main;

ALTER TABLE market.ledger_coverage_local ON CLUSTER main
    COMMENT COLUMN proven 'True where good answers showed the stretch empty twice: the vendor has no row',
    COMMENT COLUMN observed_at 'When it was requested, UTC',
    MODIFY COMMENT 'The ledger''s coverage: what was requested of each series and what was found';

ALTER TABLE market.ledger_coverage ON CLUSTER main
    COMMENT COLUMN proven 'True where good answers showed the stretch empty twice: the vendor has no row',
    COMMENT COLUMN observed_at 'When it was requested, UTC',
    MODIFY COMMENT 'The ledger''s coverage: what was requested of each series and what was found';

ALTER TABLE market.ledger_spend_local ON CLUSTER main
    COMMENT COLUMN symbol 'What was requested, such as BTC';

ALTER TABLE market.ledger_spend ON CLUSTER main
    COMMENT COLUMN symbol 'What was requested, such as BTC';

ALTER TABLE market.ledger_cycles_local ON CLUSTER main
    COMMENT COLUMN allowance_credits 'Credits that may be spent in it; NULL where it is unknown',
    MODIFY COMMENT 'The billing cycles with their allowances, each by its newest copy';

ALTER TABLE market.ledger_cycles ON CLUSTER main
    COMMENT COLUMN allowance_credits 'Credits that may be spent in it; NULL where it is unknown',
    MODIFY COMMENT 'The billing cycles with their allowances, each by its newest copy';

