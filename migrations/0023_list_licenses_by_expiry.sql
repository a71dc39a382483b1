CREATE INDEX CONCURRENTLY "License_expiry_index" ON "licensing"."License" USING btree ("expires_at","id");
