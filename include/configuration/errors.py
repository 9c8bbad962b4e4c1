"""The one error for settings, files and variables that cannot be used."""

from include.domain.display import ShownError


class SettingsError(ShownError):
    """The settings or the environment cannot be used; the message lists every problem, one a line."""
