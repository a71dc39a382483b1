-- backfill: "licensing"."License" by 1000
-- A license that was examined since its last change waits only for a refresh.
INSERT INTO "licensing"."CertificateDue" (license_id, due_at, denies, kid, changed_at)
SELECT l.id, l.certificate_due_at,
  l.status IN ('SUSPENDED', 'REVOKED') OR coalesce(l.grace_until <= l.certificate_due_at, false), l.certificate_kid,
  CASE WHEN l.certificate_due_at <= l.updated_at + interval '10 seconds' THEN l.updated_at END
FROM "licensing"."License" l
WHERE l.id > current_setting('backfill.after')::bigint AND l.id <= current_setting('backfill.until')::bigint
ON CONFLICT (license_id) DO NOTHING;
