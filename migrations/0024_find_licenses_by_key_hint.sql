CREATE INDEX CONCURRENTLY "License_key_hint_index" ON "licensing"."License" USING btree ("key_hint");
