CREATE INDEX CONCURRENTLY "LicenseEvent_denial_index" ON "licensing"."LicenseEvent" USING btree ("created_at") WHERE "licensing"."LicenseEvent"."type" in ('suspended', 'revoked', 'transferred');
