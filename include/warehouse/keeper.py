"""Keeps an embedded warehouse open from batch to batch, until another process waits for it.

Each opening of the engine costs a tenth of a second, and chDB 4.4 never frees some of its memory: about 5 MiB and five
threads, where tables have been opened. A load that opened it for each batch would grow by 40 MiB a million rows.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType

from include.settings import Settings
from include.warehouse.connect import embedded_directory, lock_path, open_warehouse
from include.warehouse.lock import is_awaited
from include.warehouse.warehouse import Warehouse

POLL_SECONDS = 0.2
"""How often an open warehouse that is not in use is offered to those who wait for it."""


class WarehouseKeeper:
    """The warehouse of one load; a server, which others can use meanwhile, is opened each time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        directory = embedded_directory(settings)
        self._lock = lock_path(directory) if directory else None
        self._in_use = threading.Lock()
        self._opened: tuple[Warehouse, ExitStack] | None = None
        self._problem: Exception | None = None
        self._ended = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="warehouse", daemon=True)

    def __enter__(self) -> WarehouseKeeper:
        if self._lock is not None:
            self._watcher.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._lock is not None:
            self._watcher.join()
        self._close()
        self._raise_problem()

    @contextmanager
    def lent(self) -> Iterator[Warehouse]:
        """The warehouse, opened if it is not open. Raises WarehouseError; an error inside the block closes it."""
        with self._in_use:
            self._raise_problem()
            try:
                yield self._open()
            except BaseException:
                self._close()
                raise
            if self._lock is None or is_awaited(self._lock):
                self._close()
            elif self._opened is not None:
                self._opened[0].release_memory()

    def _open(self) -> Warehouse:
        if self._opened is None:
            stack = ExitStack()
            warehouse = stack.enter_context(open_warehouse(self._settings))
            if self._lock is not None:
                warehouse.use_one_thread()
            self._opened = warehouse, stack
        return self._opened[0]

    def _close(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            opened[1].close()

    def _watch(self) -> None:
        assert self._lock is not None
        while not self._ended.wait(POLL_SECONDS):
            if self._opened is not None and is_awaited(self._lock):
                with self._in_use:
                    self._close_for_others()

    def _close_for_others(self) -> None:
        """Closes the warehouse; an error is raised where the load uses it next, or ends."""
        try:
            self._close()
        except Exception as error:
            self._problem = error

    def _raise_problem(self) -> None:
        problem, self._problem = self._problem, None
        if problem is not None:
            raise problem
