"""Airflow's task execution API inside the current process, which DAG runs without an API server use."""

from __future__ import annotations

from airflow.api_fastapi.execution_api import versions
from airflow.api_fastapi.execution_api.routes import execution_api_router
from cadwyn import HeadVersion, Version, VersionBundle
from cadwyn.route_generation import _DELETED_ROUTE_TAG as ONLY_IN_OLDER_VERSIONS


def serve_newest_version_only() -> None:
    """Leaves the older versions out of such an API of this process, which must not have begun.

    The tasks come from the same Airflow, and ask for the newest. Making the routes of the nine others takes the first
    task 2 CPU seconds.
    """
    newest = max(version.value for version in versions.bundle.versions)
    versions.bundle = VersionBundle(HeadVersion(), Version(newest))
    routes = execution_api_router.routes
    execution_api_router.routes = [one for one in routes if ONLY_IN_OLDER_VERSIONS not in getattr(one, "tags", ())]
