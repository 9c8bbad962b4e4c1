"""The vocabulary of the project: time, text, markets. It imports no other room."""
