"""Host names that a resolver can look up."""

from __future__ import annotations

import re

LONGEST = 253
"""Characters of a whole name; DNS allows no more."""
_NO_PART_OF_A_NAME = re.compile(r"[\s/?#@\\%<>\"'`|^{}]")


def is_host(name: str) -> bool:
    """True for a name, or an address without brackets, that can be looked up: no part of it is empty or too long.

    The system's resolver raises UnicodeError, not an error of the network, for what cannot be one.
    """
    if not name or len(name) > LONGEST or _NO_PART_OF_A_NAME.search(name):
        return False
    is_encoded = any(part.startswith("xn--") for part in name.lower().split("."))
    try:
        if name.isascii() and not is_encoded:
            name.encode("idna")
        else:
            import idna  # what the HTTP client reads such a name with

            idna.decode(idna.encode(name))
    except UnicodeError:
        return False
    return True
