CREATE TABLE "licensing"."Credential" (
	"client_id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"secret_digest" text NOT NULL,
	"roles" text[] NOT NULL,
	"last_used_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"deleted_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "licensing"."PolicyDefinition" (
	"id" bigint PRIMARY KEY DEFAULT licensing.snowflake() NOT NULL,
	"variant" text NOT NULL,
	"subject" text NOT NULL,
	"target" text NOT NULL,
	"effect" text DEFAULT 'allow' NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "PolicyDefinition_rule_key" UNIQUE("variant","subject","target","effect"),
	CONSTRAINT "PolicyDefinition_variant_check" CHECK ("licensing"."PolicyDefinition"."variant" in ('grant', 'assign_role', 'role_inherits')),
	CONSTRAINT "PolicyDefinition_effect_check" CHECK ("licensing"."PolicyDefinition"."effect" in ('allow', 'deny'))
);
--> statement-breakpoint
CREATE TABLE "licensing"."Activation" (
	"id" bigint PRIMARY KEY DEFAULT licensing.snowflake() NOT NULL,
	"license_id" bigint NOT NULL,
	"fingerprint" text NOT NULL,
	"name" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"last_seen_at" timestamp (3) with time zone NOT NULL,
	"lease_until" timestamp (3) with time zone,
	"deactivated_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "licensing"."LicenseEvent" (
	"id" bigint DEFAULT licensing.snowflake() NOT NULL,
	"license_id" bigint NOT NULL,
	"sequence" bigint NOT NULL,
	"type" text NOT NULL,
	"actor_type" text NOT NULL,
	"actor_id" text NOT NULL,
	"reason" text,
	"changes" jsonb NOT NULL,
	"request_id" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"digest" text NOT NULL,
	"previous_hash" text NOT NULL,
	"hash" text NOT NULL,
	CONSTRAINT "LicenseEvent_pkey" PRIMARY KEY("license_id","sequence"),
	CONSTRAINT "LicenseEvent_type_check" CHECK ("licensing"."LicenseEvent"."type" in ('created','activated','deactivated','suspended','reinstated','renewed','expired','revoked','updated'))
);
--> statement-breakpoint
CREATE TABLE "licensing"."KeyCheck" (
	"id" bigint PRIMARY KEY DEFAULT licensing.snowflake() NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"state" text NOT NULL,
	"findings" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "licensing"."SigningKey" (
	"kid" text PRIMARY KEY NOT NULL,
	"x" text NOT NULL,
	"state" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"active_at" timestamp (3) with time zone,
	"retiring_at" timestamp (3) with time zone,
	"retired_at" timestamp (3) with time zone,
	"compromised_at" timestamp (3) with time zone,
	CONSTRAINT "SigningKey_state_check" CHECK ("licensing"."SigningKey"."state" in ('pending', 'active', 'retiring', 'retired', 'compromised'))
);
--> statement-breakpoint
CREATE TABLE "licensing"."LicenseKey" (
	"digest" text PRIMARY KEY NOT NULL,
	"license_id" bigint NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "licensing"."License" (
	"id" bigint PRIMARY KEY DEFAULT licensing.snowflake() NOT NULL,
	"policy_id" bigint NOT NULL,
	"name" text,
	"holder_type" text NOT NULL,
	"holder_id" text NOT NULL,
	"status" text DEFAULT 'ACTIVATED' NOT NULL,
	"sequence" bigint DEFAULT 0 NOT NULL,
	"last_event_hash" text NOT NULL,
	"duration" text,
	"grace" text,
	"lease" text,
	"activation_limit" integer,
	"features" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"expiration_basis" text NOT NULL,
	"renewal_basis" text NOT NULL,
	"on_full" text NOT NULL,
	"minimum_idle" text,
	"fingerprint_required" boolean NOT NULL,
	"overrides" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"key_digest" text NOT NULL,
	"key_hint" text NOT NULL,
	"previous_key_digest" text,
	"previous_key_until" timestamp (3) with time zone,
	"anchor_at" timestamp (3) with time zone,
	"anchor_periods" integer DEFAULT 0 NOT NULL,
	"starts_at" timestamp (3) with time zone,
	"expires_at" timestamp (3) with time zone,
	"grace_until" timestamp (3) with time zone,
	"expired_for" timestamp (3) with time zone,
	"last_validated_at" timestamp (3) with time zone,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"certificate_due_at" timestamp (3) with time zone NOT NULL,
	"certificate_kid" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "License_status_check" CHECK ("licensing"."License"."status" in ('ACTIVATED', 'SUSPENDED', 'EXPIRED', 'REVOKED')),
	CONSTRAINT "License_activation_limit_check" CHECK ("licensing"."License"."activation_limit" >= 1)
);
--> statement-breakpoint
CREATE TABLE "licensing"."TrialLedger" (
	"policy_id" bigint NOT NULL,
	"holder_type" text NOT NULL,
	"holder_id" text NOT NULL,
	"license_id" bigint NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "TrialLedger_pkey" PRIMARY KEY("policy_id","holder_type","holder_id")
);
--> statement-breakpoint
CREATE TABLE "licensing"."IdempotencyRecord" (
	"principal" text NOT NULL,
	"route" text NOT NULL,
	"key" text NOT NULL,
	"body_hash" text NOT NULL,
	"status" integer,
	"document" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "IdempotencyRecord_pkey" PRIMARY KEY("principal","route","key")
);
--> statement-breakpoint
CREATE TABLE "licensing"."Policy" (
	"id" bigint PRIMARY KEY DEFAULT licensing.snowflake() NOT NULL,
	"code" text NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"duration" text,
	"grace" text,
	"lease" text,
	"activation_limit" integer,
	"features" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"expiration_basis" text DEFAULT 'from-issue' NOT NULL,
	"renewal_basis" text DEFAULT 'from-now-if-expired' NOT NULL,
	"on_full" text DEFAULT 'reject' NOT NULL,
	"minimum_idle" text,
	"fingerprint_required" boolean DEFAULT false NOT NULL,
	"key_prefix" text DEFAULT 'LIC' NOT NULL,
	"trial" boolean DEFAULT false NOT NULL,
	"retired_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "Policy_code_unique" UNIQUE("code"),
	CONSTRAINT "Policy_activation_limit_check" CHECK ("licensing"."Policy"."activation_limit" >= 1),
	CONSTRAINT "Policy_expiration_basis_check" CHECK ("licensing"."Policy"."expiration_basis" in ('from-issue', 'from-first-activation')),
	CONSTRAINT "Policy_renewal_basis_check" CHECK ("licensing"."Policy"."renewal_basis" in ('from-expiry', 'from-now', 'from-now-if-expired')),
	CONSTRAINT "Policy_on_full_check" CHECK ("licensing"."Policy"."on_full" in ('reject', 'evict-oldest-idle'))
);
--> statement-breakpoint
ALTER TABLE "licensing"."Activation" ADD CONSTRAINT "Activation_license_id_License_id_fk" FOREIGN KEY ("license_id") REFERENCES "licensing"."License"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "licensing"."LicenseEvent" ADD CONSTRAINT "LicenseEvent_license_id_License_id_fk" FOREIGN KEY ("license_id") REFERENCES "licensing"."License"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "licensing"."LicenseKey" ADD CONSTRAINT "LicenseKey_license_id_License_id_fk" FOREIGN KEY ("license_id") REFERENCES "licensing"."License"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "licensing"."License" ADD CONSTRAINT "License_policy_id_Policy_id_fk" FOREIGN KEY ("policy_id") REFERENCES "licensing"."Policy"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "licensing"."TrialLedger" ADD CONSTRAINT "TrialLedger_policy_id_Policy_id_fk" FOREIGN KEY ("policy_id") REFERENCES "licensing"."Policy"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "Activation_live_fingerprint_key" ON "licensing"."Activation" USING btree ("license_id","fingerprint") WHERE "licensing"."Activation"."deactivated_at" is null;--> statement-breakpoint
CREATE INDEX "Activation_license_index" ON "licensing"."Activation" USING btree ("license_id","id");--> statement-breakpoint
CREATE INDEX "Activation_fingerprint_index" ON "licensing"."Activation" USING btree ("fingerprint");--> statement-breakpoint
CREATE INDEX "Activation_lease_until_index" ON "licensing"."Activation" USING btree ("lease_until") WHERE "licensing"."Activation"."deactivated_at" is null;--> statement-breakpoint
CREATE INDEX "LicenseEvent_id_index" ON "licensing"."LicenseEvent" USING btree ("id");--> statement-breakpoint
CREATE INDEX "LicenseEvent_created_at_index" ON "licensing"."LicenseEvent" USING btree ("created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "SigningKey_one_active_key" ON "licensing"."SigningKey" USING btree ("state") WHERE "licensing"."SigningKey"."state" = 'active';--> statement-breakpoint
CREATE INDEX "License_key_digest_index" ON "licensing"."License" USING btree ("key_digest");--> statement-breakpoint
CREATE INDEX "License_previous_key_digest_index" ON "licensing"."License" USING btree ("previous_key_digest") WHERE "licensing"."License"."previous_key_digest" is not null;--> statement-breakpoint
CREATE INDEX "License_holder_index" ON "licensing"."License" USING btree ("holder_type","holder_id","id");--> statement-breakpoint
CREATE INDEX "License_policy_index" ON "licensing"."License" USING btree ("policy_id","id");--> statement-breakpoint
CREATE INDEX "License_expires_at_index" ON "licensing"."License" USING btree ("expires_at") WHERE "licensing"."License"."status" = 'ACTIVATED';--> statement-breakpoint
CREATE INDEX "License_certificate_due_at_index" ON "licensing"."License" USING btree ("certificate_due_at");--> statement-breakpoint
CREATE INDEX "License_certificate_kid_index" ON "licensing"."License" USING btree ("certificate_kid");--> statement-breakpoint
CREATE INDEX "IdempotencyRecord_expires_at_index" ON "licensing"."IdempotencyRecord" USING btree ("expires_at");