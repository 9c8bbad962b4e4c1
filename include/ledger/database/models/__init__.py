"""The ledger's tables. A model is a row; importing any of them makes all known to `Base.metadata`."""

from include.ledger.database.models import known, places, spending, work  # noqa: F401 - each registers its tables
