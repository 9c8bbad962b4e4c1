"""Wanted minus covered is windows, with their price: pure functions, no clock, no I/O."""
