CREATE INDEX CONCURRENTLY "License_full_status_index" ON "licensing"."License" USING btree ("status","id") WHERE "licensing"."License"."seats_full";
