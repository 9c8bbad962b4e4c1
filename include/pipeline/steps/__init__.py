"""The five steps and the report, in order."""
