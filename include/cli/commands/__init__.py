"""One module a command, named like the command."""
