"""A demonstration without a key, once for all tests of what it does and leaves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.oi import Answer, Oi

NEVER_SHOWN = {
    "CLICKHOUSE_PASSWORD": "word-of-the-loader",
    "CLICKHOUSE_READER_PASSWORD": "word-of-the-reader",
    "CLICKHOUSE_ADMIN_PASSWORD": "word-of-the-administrator",
    "OI_NOTIFY_URL": "http://127.0.0.1:9/hooks/word-of-the-chat",
}


@dataclass(frozen=True)
class Demonstration:
    """`./oi demo` as it ended, for a user with secrets, a home and a temporary folder; `oi` looks at it."""

    oi: Oi
    shown: Answer
    users_home: Path
    users_temporary: Path


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Demonstration:
    folder = tmp_path_factory.mktemp("demonstration")
    home, users_home, users_temporary = folder / "home", folder / "nobody", folder / "nobodys-tmp"
    users_temporary.mkdir()
    user = Oi(home, {"HOME": str(users_home), "TMPDIR": str(users_temporary), **NEVER_SHOWN})
    return Demonstration(Oi(home, {}), user("demo"), users_home, users_temporary)
