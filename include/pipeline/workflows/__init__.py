"""Whole runs in one process: load, heal, replay."""
