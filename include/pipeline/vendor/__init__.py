"""The vendor as the pipeline meets it: client, account, symbol list, send slots."""
