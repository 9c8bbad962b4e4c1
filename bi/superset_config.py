"""Superset's settings, by its own names; addresses and secrets come from the environment."""

import os

SECRET_KEY = os.environ["SUPERSET_SECRET_KEY"]
SQLALCHEMY_DATABASE_URI = os.environ["BI_METADATA_URL"]
APP_NAME = "Open interest"

# Behind 127.0.0.1 and without TLS a session cookie for https only would never come back.
TALISMAN_ENABLED = False
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True

# In the embedded engine this function reads any file of the machine, and the engine knows no right for it.
DISALLOWED_SQL_FUNCTIONS = {"clickhousedb": {"file"}}

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
