DROP INDEX CONCURRENTLY "licensing"."Activation_fingerprint_index";
