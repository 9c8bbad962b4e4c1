"""Work: runs, windows, pages, batches, coverage, symbols and the workers' clocks."""
