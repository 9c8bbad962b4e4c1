"""Figures that people read."""
