"""What a program forked from this process need not import any more.

Not chDB, which is not safe to fork with; nor the rooms whose modules take over names of those that crash tests wrap:
they would keep the unwrapped ones.
"""

from __future__ import annotations

import os
from importlib import import_module
from pkgutil import walk_packages

import include
from include.domain.gc_tuning import collect_seldom
from include.kwery.http.certificates import problems_with_certificates
from include.ledger.database.models.base import Base
from include.quality.validation import warm_up

LIBRARIES = (
    *("clickhouse_connect", "fsspec.implementations.local", "httpcore", "httpx", "pandas"),
    *("psutil", "pyarrow.pandas_compat", "pyarrow.parquet", "sqlalchemy.orm", "typer", "yaml"),
)
ROOMS = ("kwery", "landing", "ledger", "planning", "quality", "warehouse")

collect_seldom()
for name in LIBRARIES:
    import_module(name)
for module in walk_packages(include.__path__, "include."):
    if module.name.split(".")[1] in ROOMS:
        import_module(module.name)
Base.registry.configure()
warm_up()
problems_with_certificates(os.environ)  # where SSL_CERT_FILE is set, each would read the authorities: 10 ms
