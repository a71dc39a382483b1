CREATE INDEX CONCURRENTLY "License_holder_id_index" ON "licensing"."License" USING hash ("holder_id");
