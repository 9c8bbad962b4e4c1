-- The loader makes and fills its own databases, those of a rebuild among them; nothing else on the server is its own.
CREATE ROLE IF NOT EXISTS oi_loader;
GRANT SELECT, INSERT, ALTER, CREATE, DROP, TRUNCATE, OPTIMIZE ON {database}.* TO oi_loader;
GRANT SELECT, INSERT, ALTER, CREATE, DROP ON {bi}.* TO oi_loader;
GRANT SELECT, INSERT, ALTER, CREATE, DROP ON {shadow}.* TO oi_loader;
GRANT SELECT, INSERT, ALTER, CREATE, DROP ON {shadow_bi}.* TO oi_loader;

-- Marts are read with the rights of who made them, so this one right is enough, and what they are made of stays hidden.
-- No right on sources: with one, file() and url() would reach beyond the tables.
CREATE ROLE IF NOT EXISTS oi_reader;
GRANT SELECT ON {bi}.* TO oi_reader;
