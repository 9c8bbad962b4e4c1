"""Other ways to load the same rows, each a process of its own, for `bench.paired`. None of them keeps a ledger."""
