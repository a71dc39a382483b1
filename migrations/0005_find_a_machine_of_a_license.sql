-- formerly: a9ee1ebefa515eb4a2a80af2ef6c889d9bca9339738170854dc1dccde807ce5d
-- It built the index in a transaction, which kept every seat from being written for as long. What it dropped, 0009 drops.
CREATE INDEX CONCURRENTLY "Activation_fingerprint_license_index" ON "licensing"."Activation" USING btree ("fingerprint","license_id");
