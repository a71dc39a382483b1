CREATE INDEX CONCURRENTLY "License_full_expiry_index" ON "licensing"."License" USING btree ("expires_at","id") WHERE "licensing"."License"."seats_full";
