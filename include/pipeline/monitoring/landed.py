"""Whether landed pages are where the ledger knows them: some of them each time, so that the cost stays the same."""

from __future__ import annotations

from include.alarms.alarm import Alarm
from include.alarms.landing import gone, unreadable
from include.landing.errors import LandingError
from include.landing.store import LandingStore
from include.ledger.database.engine import open_ledger
from include.pipeline.landing_zone import missing_pages
from include.settings import Settings


def landed_alarms(settings: Settings) -> list[Alarm]:
    """An alarm where pages are missing, or the landing zone cannot be read."""
    store = LandingStore(settings.landing_url)
    try:
        with open_ledger(settings.ledger_url) as ledger:
            found = missing_pages(ledger, store)
    except LandingError as error:
        return [unreadable(str(error))]
    return gone(found.paths, found.looked_for, store.url)
