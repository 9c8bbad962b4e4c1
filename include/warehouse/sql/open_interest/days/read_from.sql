-- The engine's clock in microseconds.
SELECT toUnixTimestamp64Micro(now64(6))
