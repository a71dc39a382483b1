-- Groups of three letters, by which an index finds a part of a name or of a holder's id.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
