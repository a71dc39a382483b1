CREATE INDEX CONCURRENTLY "License_full_index" ON "licensing"."License" USING btree ("id") WHERE "licensing"."License"."seats_full";
