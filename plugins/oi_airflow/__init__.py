"""The bridge between Airflow and `include`: hook, window, retry policy, task functions, and Airflow on one machine."""
