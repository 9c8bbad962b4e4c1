"""The one error for settings, files and variables that cannot be used."""

from include.domain.errors import UsageError


class SettingsError(UsageError):
    """The settings or the environment cannot be used; the message lists every problem, one a line."""
