"""The machine that it runs on: environment variables and file rights."""
