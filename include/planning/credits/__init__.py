"""Prices, lanes, the billing cycle, forecasts."""
