CREATE TABLE "licensing"."Usage" (
	"license_id" bigint NOT NULL,
	"meter" text NOT NULL,
	"period_start" timestamp (3) with time zone NOT NULL,
	"period_end" timestamp (3) with time zone NOT NULL,
	"used" bigint DEFAULT 0 NOT NULL,
	"used_before" bigint DEFAULT 0 NOT NULL,
	"usage_limit" bigint,
	"policy_id" bigint NOT NULL,
	"holder_type" text NOT NULL,
	"holder_id" text NOT NULL,
	"warned_at" timestamp (3) with time zone,
	"refused_at" timestamp (3) with time zone,
	CONSTRAINT "Usage_pkey" PRIMARY KEY("license_id","meter","period_start","period_end")
);
--> statement-breakpoint
ALTER TABLE "licensing"."LicenseEvent" DROP CONSTRAINT "LicenseEvent_type_check";--> statement-breakpoint
ALTER TABLE "licensing"."License" ADD COLUMN "meters" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "licensing"."Policy" ADD COLUMN "meters" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "licensing"."Usage" ADD CONSTRAINT "Usage_license_id_License_id_fk" FOREIGN KEY ("license_id") REFERENCES "licensing"."License"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "Usage_period_index" ON "licensing"."Usage" USING btree ("period_start","license_id","meter","period_end");--> statement-breakpoint
CREATE INDEX "Usage_end_index" ON "licensing"."Usage" USING btree ("period_end");--> statement-breakpoint
ALTER TABLE "licensing"."LicenseEvent" ADD CONSTRAINT "LicenseEvent_type_check" CHECK ("licensing"."LicenseEvent"."type" in ('created', 'activated', 'deactivated', 'suspended', 'reinstated', 'renewed', 'expired', 'revoked', 'updated', 'transferred', 'file-issued', 'usage-limit-reached'));
--> statement-breakpoint
-- The new term raises the revision too.
DROP TRIGGER "License_revision" ON licensing."License";
--> statement-breakpoint
CREATE TRIGGER "License_revision" BEFORE UPDATE OF policy_id, name, holder_type, holder_id, status, duration, grace, lease,
  activation_limit, features, expiration_basis, renewal_basis, on_full, minimum_idle, fingerprint_required, releases, remind_before, maintenance,
  file_lifetime, meters, overrides, own_terms, key_digest, key_hint, previous_key_digest, previous_key_until, anchor_at, anchor_periods, starts_at,
  expires_at, grace_until, maintenance_until, maintenance_anchor_at, maintenance_anchor_periods, expired_for, metadata
ON licensing."License" FOR EACH ROW EXECUTE FUNCTION licensing.raise_revision();
--> statement-breakpoint
-- The period of a meter that holds at an instant: the rule of core/usage/period.ts, for the statement that counts. Period n runs
-- from anchor + n x period to anchor + (n + 1) x period, so month ends never drift. The mean length of a period finds n but for a
-- few, and the loops correct it. Rounding to milliseconds removes the error of a float at more than 2^53 microseconds.
CREATE FUNCTION licensing.usage_period(anchor timestamptz, period text, at timestamptz, OUT starts timestamptz, OUT ends timestamptz)
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $$
DECLARE
  step interval := period::interval;
  first_day timestamp := anchor AT TIME ZONE 'UTC';
  now_day timestamp := at AT TIME ZONE 'UTC';
  months integer := extract(year from step) * 12 + extract(month from step);
  n double precision;
BEGIN
  IF period IS NULL THEN
    starts := anchor;
    ends := 'infinity';
    RETURN;
  END IF;
  n := greatest(0, floor(extract(epoch from at - anchor) / (months * 2629746.0 + extract(epoch from step - make_interval(months => months)))));
  WHILE n > 0 AND (first_day + step * n)::timestamp(3) > now_day LOOP
    n := n - 1;
  END LOOP;
  WHILE (first_day + step * (n + 1))::timestamp(3) <= now_day LOOP
    n := n + 1;
  END LOOP;
  starts := (first_day + step * n)::timestamp(3) AT TIME ZONE 'UTC';
  ends := least((first_day + step * (n + 1))::timestamp(3) AT TIME ZONE 'UTC', '9999-12-31 23:59:59.999+00');
END
$$;
