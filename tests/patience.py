"""How long a test waits for something else before it takes it for hung."""

PATIENCE_SECONDS = 600
"""No measure of speed: with other programs on the machine, what takes ten seconds alone may take minutes."""
