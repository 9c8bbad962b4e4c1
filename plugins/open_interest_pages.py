"""The pages that the web interface shows; apart from the rest, since only the web server needs them."""

from airflow.plugins_manager import AirflowPlugin

from oi_airflow.run_page import URL_PREFIX, app


class OpenInterestPages(AirflowPlugin):
    name = "open_interest_pages"
    fastapi_apps = [{"app": app, "url_prefix": URL_PREFIX, "name": "Open interest"}]  # noqa: RUF012 - as Airflow reads it
    external_views = [  # noqa: RUF012 - as Airflow reads it
        {
            "name": "Plan and price",
            "href": f"{URL_PREFIX.lstrip('/')}/run?dag_id={{DAG_ID}}&run_id={{RUN_ID}}",
            "destination": "dag_run",
            "url_route": "open-interest-run",
        }
    ]
