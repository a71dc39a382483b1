CREATE INDEX CONCURRENTLY "LicenseEvent_actor_index" ON "licensing"."LicenseEvent" USING btree ("actor_id","type","id");
