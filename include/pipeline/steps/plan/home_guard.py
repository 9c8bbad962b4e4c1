"""Keeps simulated and real rows apart: one OI_HOME holds rows of the simulator or of the vendor, never of both."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from include.settings import Settings

SIMULATORS = ("localhost", "simulator")
"""Names of simulators beside the addresses of this machine: the second is the service of docker-compose.yaml."""
NOTE = "rows-from"
"""The file in OI_HOME that says whose rows it holds."""


def refuse_mixed_home(settings: Settings) -> None:
    """Notes whose rows this OI_HOME holds. Raises SettingsError when it already holds the other kind."""
    from include.configuration.errors import SettingsError
    from include.landing.local import replace_note

    kind = "simulator" if _is_simulator(urlsplit(settings.api.base_url).hostname or "") else "vendor"
    note = settings.home / NOTE
    held = note.read_text(errors="replace").strip() if note.exists() else ""
    if held not in ("", "simulator", "vendor"):
        raise SettingsError(
            f"{note} is damaged: write the word simulator or vendor into it, whose rows this folder holds"
        )
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


def _is_simulator(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return host.removesuffix(".") in SIMULATORS
    return address.is_loopback or address.is_unspecified
