"""What it costs: prices, lanes, the billing cycle, forecasts."""
