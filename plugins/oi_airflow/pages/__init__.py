"""What the web interface shows of the loader, read from the ledger; mounted in Airflow's web server."""

URL_PREFIX = "/open-interest"
