"""The vendor's API: vocabulary, client, answers and errors. It knows HTTP, and nothing of SQL or Airflow."""
