"""The report that ends a run."""
