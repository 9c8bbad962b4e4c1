"""Whole runs in one process: load, heal, replay, adopt, give up pages."""
