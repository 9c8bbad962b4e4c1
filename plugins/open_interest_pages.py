"""The pages that the web interface shows; apart from the rest, since only the web server needs them."""

from airflow.plugins_manager import AirflowPlugin

from oi_airflow.pages import URL_PREFIX
from oi_airflow.pages.lazy_app import LazyApp

PAGES = URL_PREFIX.lstrip("/")  # relative to the web interface, which may live under a path


class OpenInterestPages(AirflowPlugin):
    name = "open_interest_pages"
    fastapi_apps = [{"app": LazyApp(), "url_prefix": URL_PREFIX, "name": "Open interest"}]  # noqa: RUF012 - as Airflow reads it
    external_views = [  # noqa: RUF012 - as Airflow reads it
        {
            "name": "Operations",  # what fits below an icon
            "icon": f"{PAGES}/static/icon.svg",
            "icon_dark_mode": f"{PAGES}/static/icon_dark.svg",
            "href": f"{PAGES}/",
            "destination": "nav",
            "url_route": "open-interest",
            "nav_top_level": True,
        },
        {
            "name": "Operations",
            "href": f"{PAGES}/?dag_id={{DAG_ID}}",
            "destination": "dag",
            "url_route": "open-interest-operations",
        },
        {
            "name": "Plan and price",
            "href": f"{PAGES}/run?dag_id={{DAG_ID}}&run_id={{RUN_ID}}",
            "destination": "dag_run",
            "url_route": "open-interest-run",
        },
    ]
