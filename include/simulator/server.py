"""Starts the simulator: as an app, as a blocking server, or beside a test."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from include.domain.errors import OiError
from include.simulator.config import SimulatorConfig

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI

    from include.simulator.accounts import Account
    from include.simulator.journal import Asked
    from include.simulator.simulator import Simulator

__all__ = ["RunningSimulator", "SimulatorConfig", "create_app", "running", "serve"]

DEFAULT_PORT = 8765
_START_SECONDS = 30.0


def create_app(config: SimulatorConfig) -> FastAPI:
    """The simulator as an ASGI app; its state is `app.state.simulator`.

    Raises ValueError where the data folder of `config` cannot be replayed, or its accounts cannot be read.
    """
    from include.simulator.app import build_app
    from include.simulator.simulator import Simulator

    return build_app(Simulator(config))


def serve(config: SimulatorConfig, host: str = "127.0.0.1", port: int = DEFAULT_PORT, log_level: str = "info") -> None:
    """Serves until interrupted; `log_level` is uvicorn's."""
    server = _server(create_app(config), log_level, host, port)
    with suppress(KeyboardInterrupt):  # an interrupt is how it ends
        server.run()


@dataclass(frozen=True, slots=True)
class RunningSimulator:
    """A simulator that runs in this process, on a free loopback port."""

    port: int
    simulator: Simulator

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def questions(self) -> list[Asked]:
        """Every open-interest request of a known account so far, oldest first."""
        return list(self.simulator.journal.entries)

    def account(self, key: str) -> Account:
        """The account of `key` with its counters; raises ApiError where the service would answer 401."""
        return self.simulator.accounts.of(key)

    def pin(self, now: datetime | None) -> None:
        """Pins the clock, or with None releases it."""
        self.simulator.clock.pin(now)

    def turn_on(self, faults: dict[str, float]) -> None:
        """Replaces the faults that are on."""
        self.simulator.faults.turn_on(faults)


@contextmanager
def running(config: SimulatorConfig) -> Iterator[RunningSimulator]:
    """Runs the simulator in a thread until the block ends; answers still held then are dropped."""
    app = create_app(config)
    server = _server(app, "critical")
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        thread = threading.Thread(target=server.run, args=([listener],), name="kwery-simulator", daemon=True)
        thread.start()
        try:
            _await_start(server, thread)
            yield RunningSimulator(listener.getsockname()[1], app.state.simulator)
        finally:
            server.should_exit = True
            thread.join(_START_SECONDS)


def _await_start(server: uvicorn.Server, thread: threading.Thread) -> None:
    pause = threading.Event()
    for _ in range(int(_START_SECONDS / 0.01)):
        if server.started:
            return
        if not thread.is_alive():
            break
        pause.wait(0.01)
    raise OiError(f"the simulator did not start within {_START_SECONDS:.0f} s; run `serve` to see its log")


def _server(app: FastAPI, log_level: str, host: str = "127.0.0.1", port: int = 0) -> uvicorn.Server:
    import uvicorn

    # h11 keeps the case of header names; Date comes from the simulator's own clock.
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http="h11",
        ws="none",
        lifespan="off",
        log_level=log_level,
        access_log=log_level == "debug",
        date_header=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)
