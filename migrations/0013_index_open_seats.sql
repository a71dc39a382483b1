CREATE INDEX CONCURRENTLY "Activation_open_index" ON "licensing"."Activation" USING btree ("license_id","id") WHERE "licensing"."Activation"."deactivated_at" is null;
