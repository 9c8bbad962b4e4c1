-- For as long as the connection lasts. The client of the embedded engine would set a client setting before each command
-- and restore it afterwards: three statements more, which take 4 ms of CPU time.
SET max_threads = 1
