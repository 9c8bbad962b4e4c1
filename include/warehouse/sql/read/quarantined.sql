SELECT count() FROM {database}.quarantine
