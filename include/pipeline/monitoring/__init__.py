"""What people look at between runs: status, budget, symbols, alarms."""
