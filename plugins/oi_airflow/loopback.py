"""What this machine is called by the Airflow that runs on it alone."""


def address() -> str:
    """The address at which its log servers listen; Airflow's web interface asks them for logs of running tasks."""
    return "127.0.0.1"
