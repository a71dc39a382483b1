-- backfill: "licensing"."License" by 1000
-- Later, because an older instance gives and frees seats without keeping the number. The locks come first, so that the count sees
-- every seat that was committed before.
SELECT id FROM "licensing"."License"
WHERE id > current_setting('backfill.after')::bigint AND id <= current_setting('backfill.until')::bigint
ORDER BY id FOR NO KEY UPDATE;
--> statement-breakpoint
UPDATE "licensing"."License" l SET open_seats =
  (SELECT count(*) FROM "licensing"."Activation" a WHERE a.license_id = l.id AND a.deactivated_at IS NULL)
WHERE l.id > current_setting('backfill.after')::bigint AND l.id <= current_setting('backfill.until')::bigint AND l.open_seats IS NULL;
