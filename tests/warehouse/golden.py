"""What ClickHouse is told, as files to compare: `python -m tests.warehouse.golden` writes those that are missing.

A shipped migration must go on saying what it said, so a file that is there is never written over.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from include.warehouse import migrate, scripts
from include.warehouse.session import Session
from tests.warehouse.roles import NAMES

FOLDER = Path(__file__).parent / "golden"
CLUSTERS = {"one_node": None, "cluster": "main"}
ONLY_ON_A_CLUSTER = "access/03_cluster.sql"


class _NoClient:
    """Rendering asks nobody."""

    def set_client_setting(self, *_: Any) -> None:
        pass


def rendered() -> dict[Path, list[str]]:
    """The statements of every migration and grant, by their file, for one node and for a cluster."""
    return {
        FOLDER / flavour / script: _session(cluster).definitions(script, **names)
        for flavour, cluster in CLUSTERS.items()
        for script, names in _scripts().items()
        if cluster or script != ONLY_ON_A_CLUSTER
    }


def text_of(statements: list[str]) -> str:
    return "".join(f"{statement};\n\n" for statement in statements)


def _scripts() -> dict[str, dict[str, str]]:
    more = {name: NAMES[name] for name in ("shadow", "shadow_bi")} | {"user": "somebody"}
    grants = sorted(path.name for path in (scripts.SQL / "access").glob("*.sql"))
    return {one.script: {} for one in migrate.shipped()} | {f"access/{name}": more for name in grants}


def _session(cluster: str | None) -> Session:
    return Session(_NoClient(), NAMES["database"], cluster)  # type: ignore[arg-type] # nothing is asked of it


if __name__ == "__main__":
    for file, statements in rendered().items():
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text_of(statements))
            print(f"wrote {file}")
