"""Prepares the process for a command: its streams, the variables of `.env`, its folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from include.cli.output import forgiving_output
from include.configuration.env_file import read_env_file
from include.configuration.errors import SettingsError
from include.domain.clock import use_utc
from include.host.limits import THREADS, file_size_problem, threads_problem
from include.settings import ROOT

ENV_FILE = "OI_ENV_FILE"
"""The launcher sets it to the `.env` beside it; it is removed before the command runs."""
OPEN_FILES = 256
"""A run holds connections, databases and the engine's files open at the same time."""
_PATHS = ("OI_HOME", "OI_CONFIG")


def open_streams() -> None:
    """Opens the null device for each closed standard stream, and keeps a broken output from stopping a run.

    Without it the next file that is opened, such as the ledger, becomes the standard output.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    sys.stdin = sys.stdin or os.fdopen(0, closefd=False)
    sys.stdout = forgiving_output(1, sys.stdout)
    sys.stderr = forgiving_output(2, sys.stderr)


def prepare() -> None:
    """Reads `.env`, sets UTC, and checks what every command needs; child processes inherit it. Raises SettingsError."""
    _check_output()
    _check_arguments()
    _read_env_file()
    _stand_somewhere()
    _start_no_idle_threads()
    use_utc()


def require_limits(threads: int = THREADS) -> None:
    """Raises SettingsError where the system's limits would end a run half-way."""
    require_open_files()
    if problem := file_size_problem() or threads_problem(threads):
        raise SettingsError(problem)


def require_open_files(needed: int = OPEN_FILES) -> None:
    """Raises the limit of open files where the system lets it; SettingsError where a run would end half-way."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard == resource.RLIM_INFINITY or hard >= needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
        return
    raise SettingsError(
        f"a process may open {hard} files here (ulimit -n), and a run needs {needed}; "
        "run 'ulimit -n 1024' first, or raise the limit of the service or the container"
    )


def _check_output() -> None:
    """Raises SettingsError when stdout cannot be written: nothing is bought for an answer that cannot be shown."""
    try:
        os.write(1, b"")
    except OSError as error:
        raise SettingsError(f"stdout cannot be written ({error.strerror}); redirect it elsewhere") from None


def _check_arguments() -> None:
    for number, argument in enumerate(sys.argv[1:], start=1):
        try:
            argument.encode()
        except UnicodeEncodeError:
            raise SettingsError(f"argument {number} ({argument!a}) is not UTF-8; write it in UTF-8") from None


def _read_env_file() -> None:
    """Paths in the file are relative to its folder, not to the working folder."""
    named = os.environ.pop(ENV_FILE, None)
    if named is None:
        return
    file = Path(named)
    values = read_env_file(file, os.environ)
    for name in _PATHS:
        if values.get(name) and not values[name].startswith("~"):
            values[name] = str(file.parent / values[name])
    os.environ.update(values)


def _start_no_idle_threads() -> None:
    """numpy brings a library of linear algebra, which nothing here uses.

    Where it gets no thread, it sends its own process the signal of Ctrl-C.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def _stand_somewhere() -> None:
    """In a folder that was deleted meanwhile, only paths that depend on it are lost."""
    try:
        os.getcwd()
    except OSError:
        for name in _PATHS:
            if not (os.environ.get(name) or "/").startswith(("/", "~")):
                raise SettingsError(f"the working folder is gone, and {name} depends on it; cd elsewhere") from None
        os.chdir(ROOT)
