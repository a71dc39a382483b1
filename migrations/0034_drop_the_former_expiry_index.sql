DROP INDEX CONCURRENTLY "licensing"."License_expires_at_index";
