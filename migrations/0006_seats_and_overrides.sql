CREATE TABLE "licensing"."TrialMachine" (
	"policy_id" bigint NOT NULL,
	"fingerprint_digest" text NOT NULL,
	"license_id" bigint NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "TrialMachine_pkey" PRIMARY KEY("policy_id","fingerprint_digest")
);
--> statement-breakpoint
ALTER TABLE "licensing"."License" ADD COLUMN "own_terms" jsonb;--> statement-breakpoint
ALTER TABLE "licensing"."License" ADD COLUMN "revision" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "licensing"."TrialMachine" ADD CONSTRAINT "TrialMachine_policy_id_Policy_id_fk" FOREIGN KEY ("policy_id") REFERENCES "licensing"."Policy"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "TrialMachine_license_id_index" ON "licensing"."TrialMachine" USING btree ("license_id");
--> statement-breakpoint
-- What a change of a license raises, unless it is of seats alone: the columns named here are the ones that verbs decide on. A
-- trigger, because an instance of the version before writes them too while this one guards its changes by the revision.
CREATE FUNCTION licensing.raise_revision() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  NEW.revision := OLD.revision + 1;
  RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "License_revision" BEFORE UPDATE OF policy_id, name, holder_type, holder_id, status, duration, grace, lease,
  activation_limit, features, expiration_basis, renewal_basis, on_full, minimum_idle, fingerprint_required, overrides, own_terms,
  key_digest, key_hint, previous_key_digest, previous_key_until, anchor_at, anchor_periods, starts_at, expires_at, grace_until,
  expired_for, metadata
ON licensing."License" FOR EACH ROW EXECUTE FUNCTION licensing.raise_revision();
--> statement-breakpoint
-- Features that the license doesn't have and its policy does were withdrawn when all of its features were set at once.
UPDATE licensing."License" l SET own_terms =
  (CASE WHEN l.overrides ? 'features' THEN jsonb_build_object('features', l.features ||
    coalesce((SELECT jsonb_object_agg(code, NULL) FROM jsonb_object_keys(p.features) code WHERE NOT l.features ? code), '{}')) ELSE '{}' END)
  || (CASE WHEN l.overrides ? 'activationLimit' THEN jsonb_build_object('activationLimit', l.activation_limit) ELSE '{}' END)
FROM licensing."Policy" p WHERE p.id = l.policy_id AND l.overrides <> '[]';
--> statement-breakpoint
-- Machines that have had a trial so far: the first license that seated one keeps it.
INSERT INTO licensing."TrialMachine" (policy_id, fingerprint_digest, license_id, created_at)
SELECT l.policy_id, encode(sha256(convert_to(l.policy_id::text || ':' || a.fingerprint, 'UTF8')), 'hex'), l.id, a.created_at
FROM licensing."Activation" a JOIN licensing."License" l ON l.id = a.license_id JOIN licensing."Policy" p ON p.id = l.policy_id
WHERE p.trial ORDER BY a.id
ON CONFLICT DO NOTHING;
