"""The bridge between Airflow and `include`: hook, range, retry policy, task functions, and Airflow on one machine."""
