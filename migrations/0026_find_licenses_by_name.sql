CREATE INDEX CONCURRENTLY "License_name_index" ON "licensing"."License" USING hash ("name");
