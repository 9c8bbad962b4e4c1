CREATE TABLE IF NOT EXISTS {database}.ledger_cycles ON CLUSTER {cluster} AS {database}.ledger_cycles_local
ENGINE = Distributed({cluster}, {database}, ledger_cycles_local, cityHash64(first_day))
COMMENT 'The billing cycles with their allowances, each by its newest copy, over all shards'
