"""How fast `./oi load` is, as a whole process, reading from a server that costs nothing. `make bench` runs it."""
