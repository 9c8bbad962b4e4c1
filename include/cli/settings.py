"""Settings for a command: read when it runs, with one error for all problems."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

from include.host.limits import ADDRESS_SPACE_KIB, memory_problem
from include.host.private_files import keep_private
from include.pipeline.steps.plan.home_guard import refuse_mixed_home

if TYPE_CHECKING:
    from include.settings import Settings


def settings_for_a_run(address_space_kib: int = ADDRESS_SPACE_KIB) -> Settings:
    """Settings of a command that keeps state; raises SettingsError also when OI_HOME cannot be written."""
    from include.cli.process import require_limits
    from include.configuration.errors import SettingsError
    from include.settings import load_settings

    settings = load_settings()
    require_limits()
    if settings.warehouse.host is None and (problem := memory_problem(address_space_kib)):
        raise SettingsError(problem)
    try:
        keep_private(settings.home)
        with tempfile.TemporaryFile(dir=settings.home):
            pass
    except OSError as error:
        raise SettingsError(
            f"OI_HOME {settings.home} cannot be written ({error.strerror}); "
            "set OI_HOME to a folder that you may write, or change its permissions"
        ) from None
    return settings


def settings_with_a_key() -> Settings:
    """Settings of a command that pays; raises SettingsError when there is no key, or when rows would mix."""
    from include.configuration.errors import SettingsError

    settings = settings_for_a_run()
    if settings.api.key is None:
        raise SettingsError(
            "KWERY_API_KEY is not set, and reading from the API needs it; export it or put it in .env, "
            "or start the simulator with './oi api --port 8900' and use the key that it prints"
        )
    refuse_mixed_home(settings)
    return settings
