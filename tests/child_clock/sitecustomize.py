"""Imported by Python when it starts: a process that a test starts is at the test's moment."""

from tests.clock import follow

follow()
