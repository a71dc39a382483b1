ALTER TABLE "licensing"."License" ADD COLUMN "releases" jsonb;--> statement-breakpoint
ALTER TABLE "licensing"."License" ADD COLUMN "remind_before" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
-- Policies from before this term limit no releases; only new ones get the default.
ALTER TABLE "licensing"."Policy" ADD COLUMN "releases" jsonb;--> statement-breakpoint
ALTER TABLE "licensing"."Policy" ALTER COLUMN "releases" SET DEFAULT '{"limit":5,"period":"P30D"}'::jsonb;--> statement-breakpoint
ALTER TABLE "licensing"."Policy" ADD COLUMN "remind_before" jsonb DEFAULT '["P30D","P7D","P1D"]'::jsonb NOT NULL;
--> statement-breakpoint
DROP TRIGGER "License_revision" ON licensing."License";
--> statement-breakpoint
CREATE TRIGGER "License_revision" BEFORE UPDATE OF policy_id, name, holder_type, holder_id, status, duration, grace, lease,
  activation_limit, features, expiration_basis, renewal_basis, on_full, minimum_idle, fingerprint_required, releases, remind_before,
  overrides, own_terms, key_digest, key_hint, previous_key_digest, previous_key_until, anchor_at, anchor_periods, starts_at,
  expires_at, grace_until, expired_for, metadata
ON licensing."License" FOR EACH ROW EXECUTE FUNCTION licensing.raise_revision();
