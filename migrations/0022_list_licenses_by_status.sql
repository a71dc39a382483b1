CREATE INDEX CONCURRENTLY "License_status_index" ON "licensing"."License" USING btree ("status","id");
