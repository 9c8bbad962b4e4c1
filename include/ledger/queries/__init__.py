"""Queries for reports, alarms and the marts; they write nothing."""
