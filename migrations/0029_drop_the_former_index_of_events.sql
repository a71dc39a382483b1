DROP INDEX CONCURRENTLY "licensing"."LicenseEvent_created_at_index";
