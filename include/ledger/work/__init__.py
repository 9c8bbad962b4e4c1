"""Work: runs, windows, pages, batches, coverage and symbols."""
