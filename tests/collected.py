"""What a process that runs tests need not import any more: imported by the process that it is forked from."""

from __future__ import annotations

import json
import os
from contextlib import redirect_stderr, redirect_stdout

import pytest

from tests.forked_workers import COLLECT

with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
    pytest.main(["--collect-only", "-q", *json.loads(os.environ[COLLECT])])  # whoever runs the tests reports faults
