"""The vendor's API: vocabulary, client, errors, price table. Knows HTTP; nothing of SQL or Airflow."""
