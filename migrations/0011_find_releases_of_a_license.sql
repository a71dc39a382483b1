CREATE INDEX CONCURRENTLY "Activation_release_index" ON "licensing"."Activation" USING btree ("license_id","deactivated_at") WHERE "licensing"."Activation"."by_holder";
