"""Alarms: what a person should look at, each found by one pure function over plain figures."""
