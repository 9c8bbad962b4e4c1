"""Wanted minus covered is windows, and what they cost: pure functions, no clock, no I/O."""
