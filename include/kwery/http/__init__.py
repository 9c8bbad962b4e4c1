"""One HTTP exchange: connections, proxies, codings, and bounds on time and size."""
