CREATE INDEX CONCURRENTLY "LicenseEvent_type_index" ON "licensing"."LicenseEvent" USING btree ("type","id");
