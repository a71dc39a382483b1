CREATE TABLE "licensing"."SigningKeyNeed" (
	"kid" text PRIMARY KEY NOT NULL,
	"needed_until" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "licensing"."LicenseEvent" DROP CONSTRAINT "LicenseEvent_type_check";--> statement-breakpoint
ALTER TABLE "licensing"."Activation" ADD COLUMN "file_until" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "licensing"."License" ADD COLUMN "maintenance" text;--> statement-breakpoint
ALTER TABLE "licensing"."License" ADD COLUMN "file_lifetime" text;--> statement-breakpoint
ALTER TABLE "licensing"."License" ADD COLUMN "maintenance_until" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "licensing"."License" ADD COLUMN "maintenance_anchor_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "licensing"."License" ADD COLUMN "maintenance_anchor_periods" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "licensing"."License" ADD COLUMN "files_until" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "licensing"."Policy" ADD COLUMN "maintenance" text;--> statement-breakpoint
ALTER TABLE "licensing"."Policy" ADD COLUMN "file_lifetime" text DEFAULT 'P30D';--> statement-breakpoint
ALTER TABLE "licensing"."LicenseEvent" ADD CONSTRAINT "LicenseEvent_type_check" CHECK ("licensing"."LicenseEvent"."type" in ('created', 'activated', 'deactivated', 'suspended', 'reinstated', 'renewed', 'expired', 'revoked', 'updated', 'file-issued'));--> statement-breakpoint
-- The new terms and dates raise the revision too. `files_until` doesn't, because no verb decides on it.
DROP TRIGGER "License_revision" ON licensing."License";
--> statement-breakpoint
CREATE TRIGGER "License_revision" BEFORE UPDATE OF policy_id, name, holder_type, holder_id, status, duration, grace, lease,
  activation_limit, features, expiration_basis, renewal_basis, on_full, minimum_idle, fingerprint_required, releases, remind_before, maintenance,
  file_lifetime, overrides, own_terms, key_digest, key_hint, previous_key_digest, previous_key_until, anchor_at, anchor_periods, starts_at, expires_at,
  grace_until, maintenance_until, maintenance_anchor_at, maintenance_anchor_periods, expired_for, metadata
ON licensing."License" FOR EACH ROW EXECUTE FUNCTION licensing.raise_revision();
--> statement-breakpoint
-- A license file works until its end without asking anyone, so its key stays published until then. No role may shorten that.
CREATE FUNCTION licensing.refuse_earlier_need() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  IF NEW.needed_until < OLD.needed_until OR NEW.kid <> OLD.kid THEN
    RAISE EXCEPTION 'the need of a signing key is only raised' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "SigningKeyNeed_raised_only" BEFORE UPDATE ON licensing."SigningKeyNeed"
FOR EACH ROW EXECUTE FUNCTION licensing.refuse_earlier_need();
