"""Whether a source that the vendor did not name before is one of its own, or a known one in another spelling."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from include.domain.market import SOURCES
from include.quality.model import UNKNOWN_SOURCE
from include.quality.parsed_batch import ANY_SOURCE

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9 _.:/-]{2,}")
_NO_NAMES = {
    "all", "any", "null", "none", "nil", "nan", "na", "true", "false", "unknown", "undefined", "unspecified", "other",
    "others", "default", "source", "sources", "exchange", "venue", "market", "total", "sum", "aggregate", "aggregated",
    "combined", "mixed", "various", "multiple", "test", "futures", "perp", "perpetual", "spot",
}  # fmt: skip
_KNOWN = {re.sub(r"[^a-z]", "", part) for source in SOURCES for part in (source, source.partition("_")[0])}
_ALIKE = 0.7
"""Above this share of common letters a name counts as misspelled; `kraken_futures`, another venue, has 0.67."""


def is_stranger(word: str) -> bool:
    """True for a source of its own: a name that is not near any known one (drift that harms no other source's rows).

    A word that is not a name, or near a known name (`HL`, `hyper_liquid`, `Binance`), may stand for one that was
    requested.
    """
    letters = re.sub(r"[^a-z]", "", word.casefold())
    if word in (ANY_SOURCE, UNKNOWN_SOURCE) or _NAME.fullmatch(word.strip()) is None or letters in _NO_NAMES:
        return False
    return len(letters) > 2 and not any(_is_near(letters, known) for known in _KNOWN)


def _is_near(letters: str, known: str) -> bool:
    """Whether one holds the other, abbreviates it, or is spelled much alike."""
    if letters in known or known in letters or SequenceMatcher(None, letters, known).ratio() > _ALIKE:
        return True
    rest = iter(known)
    return letters[0] == known[0] and all(letter in rest for letter in letters)
