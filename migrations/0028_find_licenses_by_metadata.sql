CREATE INDEX CONCURRENTLY "License_metadata_index" ON "licensing"."License" USING gin ("metadata") WITH (gin_pending_list_limit=256);
