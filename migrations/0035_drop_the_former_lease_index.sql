DROP INDEX CONCURRENTLY "licensing"."Activation_lease_until_index";
