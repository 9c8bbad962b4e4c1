"""The system: everything the DAGs and the command line call; importable without Airflow."""
