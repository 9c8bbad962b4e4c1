"""A fresh checkout's files are compiled once for all processes of a run, not by each of them at the same moment.

Every process collects all tests. Without this, each of them rewrites the asserts of all files while the others do, and
compiles the product: five seconds of a core a process. Of what is there already only the sources are read.
"""

from __future__ import annotations

import compileall
import multiprocessing
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from _pytest.assertion import rewrite

OURS = ("include", "plugins", "dags", "bench", "tests")
TESTS = ("test_*.py", "conftest.py")


def compile_files(config: pytest.Config) -> None:
    """Compiles the checkout, and rewrites the tests that this run collects, for the processes that it starts."""
    if sys.dont_write_bytecode:
        return
    asked = [config.invocation_params.dir / argument.partition("::")[0] for argument in config.args]
    tests = [test for one in asked for test in (_tests_in(one) if one.is_dir() else [one]) if _is_stale(test)]
    others = [file for folder in OURS for file in (config.rootpath / folder).rglob("*.py") if not _is_test(file)]
    cores = os.cpu_count() or 1
    fork = multiprocessing.get_context("fork")  # what has to be imported is
    shares = [fork.Process(target=_compile, args=(tests[n::cores], others[n::cores], config)) for n in range(cores)]
    for share in shares:
        share.start()
    for share in shares:
        share.join()  # a process that fails leaves the rest to pytest


def rewrite_asserts(files: Iterable[Path], config: pytest.Config) -> None:
    """Leaves for pytest what it would leave itself when it imports these tests."""
    state = config.stash[rewrite.assertstate_key]
    for file in files:
        source_hash, code = rewrite._rewrite_test(file, config)
        rewrite.try_makedirs(rewrite.get_cache_dir(file))
        rewrite._write_pyc(state, code, source_hash, _compiled(file))


def _compile(tests: Sequence[Path], others: Sequence[Path], config: pytest.Config) -> None:
    rewrite_asserts(tests, config)
    for file in others:
        compileall.compile_file(file, quiet=2)


def _tests_in(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*.py") if _is_test(file)]


def _is_test(file: Path) -> bool:
    return any(file.match(pattern) for pattern in TESTS)


def _is_stale(test: Path) -> bool:
    return test.suffix == ".py" and rewrite._read_pyc(test, _compiled(test)) is None


def _compiled(test: Path) -> Path:
    return rewrite.get_cache_dir(test) / f"{test.stem}{rewrite.PYC_TAIL}"
