"""What a cluster is sent, as files to compare: `python -m tests.warehouse.golden` writes those that are missing.

A shipped migration must keep its meaning, so an existing file is never overwritten. On one node a statement runs as its
file has it, and a view's only changes its first line.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from include.warehouse import migrate, scripts
from include.warehouse.session import Session
from tests.warehouse.roles import NAMES

FOLDER = Path(__file__).parent / "golden"
CLUSTER = "main"


class _NoClient:
    """Rendering sends nothing."""

    def set_client_setting(self, *_: Any) -> None:
        pass


def rendered() -> dict[Path, list[str]]:
    """The statements of every numbered migration and grant, by their file."""
    session = cluster_session()
    names = {name: NAMES[name] for name in ("shadow", "shadow_bi")} | {"user": "somebody"}
    grants = [f"access/{name}" for name in scripts.names("access")]
    return {
        FOLDER / script: session.definitions(script, **names)
        for script in (*(one.script for one in migrate.shipped()), *grants)
    }


def cluster_session() -> Session:
    """One that can only render statements."""
    return Session(_NoClient(), NAMES["database"], CLUSTER)  # type: ignore[arg-type] # nothing is sent


def text_of(statements: list[str]) -> str:
    return "".join(f"{statement};\n\n" for statement in statements)


if __name__ == "__main__":
    for file, statements in rendered().items():
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text_of(statements))
            print(f"wrote {file}")
