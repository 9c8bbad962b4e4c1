"""Keeps made-up rows and real ones apart: one OI_HOME holds rows of the simulator or of the vendor, never of both."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from include.settings import Settings

LOOPBACK = ("127.0.0.1", "localhost", "::1")
NOTE = "rows-from"
"""The file in OI_HOME that says whose rows it holds."""


def keep_apart(settings: Settings) -> None:
    """Notes whose rows this OI_HOME holds; SettingsError when it holds the other kind already.

    An API on this machine's loopback counts as a simulator.
    """
    from include.settings import SettingsError

    kind = "simulator" if urlsplit(settings.api.base_url).hostname in LOOPBACK else "vendor"
    note = settings.home / NOTE
    held = note.read_text().strip() if note.exists() else None
    if held not in (None, kind):
        raise SettingsError(
            f"OI_HOME {settings.home} holds rows of the {held}, and {settings.api.base_url} is the {kind}: "
            f"they would mix. Choose another folder, for example OI_HOME={settings.home / kind}, or remove this one"
        )
    if held is None:
        note.write_text(kind + "\n")
