"""`python -m bi.bundle FILE`: writes the dashboard as a zip that any Superset 6 imports, with its charts and datasets.

`superset import-dashboards --path FILE --username admin` takes it, and so does the page "Dashboards" of Superset.
`superset import-directory` takes the folder `bi/assets` itself.
"""

from __future__ import annotations

import sys
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

ASSETS = Path(__file__).parent / "assets"
ROOT = "open_interest"
"""The folder inside of the zip; Superset expects one."""


def write_bundle(target: Path) -> None:
    """Replaces `target` by the zip."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with ZipFile(target, "w", ZIP_DEFLATED) as bundle:
        for path in sorted(ASSETS.rglob("*.yaml")):
            bundle.write(path, f"{ROOT}/{path.relative_to(ASSETS).as_posix()}")


if __name__ == "__main__":
    write_bundle(Path(sys.argv[1]))
