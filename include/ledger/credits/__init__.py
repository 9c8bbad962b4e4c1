"""Spending: permits, reservations, limits, and the vendor's account."""
