"""Superset's settings, under its own names; addresses and secrets come from the environment."""

import os
import sys
import time
from pathlib import Path

SECRET_KEY = os.environ["SUPERSET_SECRET_KEY"]
SQLALCHEMY_DATABASE_URI = os.environ["BI_METADATA_URL"]
APP_NAME = "Open interest"

# Superset resolves "today" in a time range by this process's zone, and the marts count days in UTC.
os.environ["TZ"] = "UTC"
time.tzset()

# Behind 127.0.0.1 and without TLS a session cookie for https only would never come back.
TALISMAN_ENABLED = False
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True

if os.environ.get("BI_ENGINE_CONFIG"):
    # The embedded engine is in this process, and it knows no right for all that reaches the host. Superset's own checks
    # miss EXPLAIN and INTO OUTFILE, so every statement is checked where the driver runs it, whoever wrote it.
    sys.path.append(str(Path(__file__).resolve().parent.parent))
    from include.readonly_sql.connections import guard_connections

    guard_connections()

ROW_LIMIT = 10_000
SUPERSET_WEBSERVER_TIMEOUT = 60
SQLLAB_TIMEOUT = 30
# On disk, so that several workers share it.
CACHE_CONFIG = {
    "CACHE_TYPE": "FileSystemCache",
    "CACHE_DIR": os.path.join(os.environ["SUPERSET_HOME"], "cache"),
    "CACHE_DEFAULT_TIMEOUT": 60,
}
DATA_CACHE_CONFIG = CACHE_CONFIG
FILTER_STATE_CACHE_CONFIG = EXPLORE_FORM_DATA_CACHE_CONFIG = CACHE_CONFIG | {"CACHE_DEFAULT_TIMEOUT": 7 * 24 * 3600}
RATELIMIT_STORAGE_URI = "memory://"
