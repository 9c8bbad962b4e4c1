"""The command line `./oi`: options in, the pipeline called, a page or JSON out; no business rule lives here."""
