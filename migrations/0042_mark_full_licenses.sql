-- backfill: "licensing"."License" by 1000
-- Not later: the trigger of the file before keeps the column, whichever version writes the license.
UPDATE "licensing"."License" l SET seats_full = true
WHERE l.id > current_setting('backfill.after')::bigint AND l.id <= current_setting('backfill.until')::bigint
  AND l.open_seats >= l.activation_limit AND NOT l.seats_full;
