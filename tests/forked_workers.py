"""The processes that run tests are forks of one that has collected them: most of collecting is importing.

Each process of `pytest -n` collects all tests, which takes five seconds of a core. Of a fork's collecting, the part
that is left makes the tests of the modules that are there already.
"""

from __future__ import annotations

import json
import multiprocessing
import os
from typing import Any

import pytest
from execnet import gateway_io
from execnet.gateway_base import Popen2IO

COLLECT = "OI_TESTS_COLLECT"
"""The environment variable with what `tests.collected` is to collect, as JSON."""


class ForkedWorker(gateway_io.Popen2IOMaster):
    """Stands for execnet's own way to start a process; what it is started with is sent to it afterwards."""

    def __init__(self, args: list[str], execmodel: Any) -> None:
        from tests.forked import Forked  # not above: `tests.collected` leaves all other imports to pytest

        *_, program = args
        self.popen = Forked("-c", [program], os.environ, pipes=True, as_bytes=True)
        Popen2IO.__init__(self, self.popen.stdin, self.popen.stdout, execmodel=execmodel)


def fork_workers(config: pytest.Config) -> None:
    """Until the run ends, the processes that it starts for tests are forked."""
    os.environ[COLLECT] = json.dumps(config.args)
    multiprocessing.get_context("forkserver").set_forkserver_preload(["tests.collected"])
    patch = pytest.MonkeyPatch()
    patch.setattr(gateway_io, "Popen2IOMaster", ForkedWorker)
    config.add_cleanup(patch.undo)
