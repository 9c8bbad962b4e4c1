"""Keeps simulated and real rows apart: one OI_HOME holds rows of the simulator or of the vendor, never of both."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from include.settings import Settings

SIMULATORS = ("127.0.0.1", "localhost", "::1", "simulator")
"""This machine's loopback, and the service of docker-compose.yaml."""
NOTE = "rows-from"
"""The file in OI_HOME that says whose rows it holds."""


def refuse_mixed_home(settings: Settings) -> None:
    """Notes whose rows this OI_HOME holds. Raises SettingsError when it already holds the other kind."""
    from include.configuration.errors import SettingsError
    from include.landing.local import replace_note

    kind = "simulator" if urlsplit(settings.api.base_url).hostname in SIMULATORS else "vendor"
    note = settings.home / NOTE
    held = note.read_text().strip() if note.exists() else ""
    if held not in ("", kind):  # empty: another process is about to write it, or died
        raise SettingsError(
            f"OI_HOME {settings.home} holds rows of the {held}, and {settings.api.base_url} is the {kind}: "
            f"they would mix. Choose another folder, for example OI_HOME={settings.home / kind}, or remove this one"
        )
    if not held:
        try:
            replace_note(note, f"{kind}\n".encode())
        except OSError as error:
            raise SettingsError(
                f"{note} cannot be written: {error.strerror or error}. Make room there, change its permissions, or set "
                "OI_HOME to another folder"
            ) from error
