"""What commands print for people: plain text when piped, tables and colour on a terminal."""
