"""The pages as Airflow's plugin manager takes them: nothing is imported before a browser asks for one.

Every process of Airflow loads the plugins; the pages cost those that show none a second.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


class LazyApp:
    """An ASGI application that hands each request to the real one."""

    def __init__(self) -> None:
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._app is None:
            self._app = _load()
        await self._app(scope, receive, send)


def _load() -> ASGIApp:
    from oi_airflow.pages.app import app

    # Airflow's modules are not garbage: looking through them was a fifth of the time of alarms of 5,000 symbols.
    gc.freeze()
    return app
