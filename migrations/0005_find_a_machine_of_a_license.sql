DROP INDEX "licensing"."Activation_fingerprint_index";--> statement-breakpoint
CREATE INDEX "Activation_fingerprint_license_index" ON "licensing"."Activation" USING btree ("fingerprint","license_id");