CREATE INDEX CONCURRENTLY "License_text_index" ON "licensing"."License" USING gin ("name" gin_trgm_ops,"holder_id" gin_trgm_ops) WITH (gin_pending_list_limit=256);
