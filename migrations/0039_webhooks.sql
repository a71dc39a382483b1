CREATE TABLE "licensing"."Reminder" (
	"before" text PRIMARY KEY NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"license_id" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "licensing"."WebhookDelivery" (
	"id" bigint DEFAULT licensing.snowflake() NOT NULL,
	"webhook_id" bigint NOT NULL,
	"type" text NOT NULL,
	"license_id" bigint NOT NULL,
	"sequence" bigint,
	"data" jsonb,
	"body" text,
	"attempts" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"state" text NOT NULL,
	"ended_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "WebhookDelivery_pkey" PRIMARY KEY("id"),
	CONSTRAINT "WebhookDelivery_state_check" CHECK ("licensing"."WebhookDelivery"."state" in ('delivered', 'exhausted'))
) PARTITION BY RANGE ("id");
--> statement-breakpoint
CREATE TABLE "licensing"."WebhookDue" (
	"id" bigint DEFAULT licensing.snowflake() NOT NULL,
	"webhook_id" bigint NOT NULL,
	"type" text NOT NULL,
	"license_id" bigint NOT NULL,
	"sequence" bigint,
	"data" jsonb,
	"body" text,
	"attempts" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"lease" uuid,
	"tries" smallint DEFAULT 0 NOT NULL,
	"replayed" boolean DEFAULT false NOT NULL,
	CONSTRAINT "WebhookDue_pkey" PRIMARY KEY("webhook_id","id")
);
--> statement-breakpoint
CREATE TABLE "licensing"."WebhookNotice" (
	"license_id" bigint NOT NULL,
	"type" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "WebhookNotice_pkey" PRIMARY KEY("license_id","type")
);
--> statement-breakpoint
CREATE TABLE "licensing"."Webhook" (
	"id" bigint PRIMARY KEY DEFAULT licensing.snowflake() NOT NULL,
	"url" text NOT NULL,
	"description" text,
	"types" text[],
	"signatures" text[] NOT NULL,
	"secret" text NOT NULL,
	"private_key" text,
	"public_key" text,
	"former_secret" text,
	"former_private_key" text,
	"former_until" timestamp (3) with time zone,
	"enabled" boolean NOT NULL,
	"disabled_reason" text,
	"receives" boolean GENERATED ALWAYS AS (deleted_at is null and (enabled or disabled_reason <> 'manual')) STORED NOT NULL,
	"failing_since" timestamp (3) with time zone,
	"failing_ids" bigint[] DEFAULT '{}' NOT NULL,
	"probes" smallint DEFAULT 0 NOT NULL,
	"wait_until" timestamp (3) with time zone,
	"taken_by" uuid,
	"tested_at" timestamp (3) with time zone,
	"replay" jsonb,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	CONSTRAINT "Webhook_disabled_reason_check" CHECK ("licensing"."Webhook"."disabled_reason" in ('manual', 'failing', 'gone'))
);
--> statement-breakpoint
CREATE INDEX "WebhookDelivery_webhook_index" ON "licensing"."WebhookDelivery" USING btree ("webhook_id","id");--> statement-breakpoint
CREATE INDEX "WebhookDelivery_event_index" ON "licensing"."WebhookDelivery" USING btree ("webhook_id","license_id","sequence");--> statement-breakpoint
CREATE INDEX "WebhookDue_due_index" ON "licensing"."WebhookDue" USING btree ("webhook_id","due_at");--> statement-breakpoint
CREATE INDEX "WebhookDue_license_index" ON "licensing"."WebhookDue" USING btree ("webhook_id","license_id","due_at");--> statement-breakpoint
CREATE INDEX "WebhookDue_lease_index" ON "licensing"."WebhookDue" USING btree ("webhook_id","license_id") WHERE "licensing"."WebhookDue"."lease" is not null;
--> statement-breakpoint
ALTER TABLE "licensing"."Webhook" SET (fillfactor = 50);--> statement-breakpoint
ALTER TABLE "licensing"."WebhookDue" SET (fillfactor = 70);--> statement-breakpoint
-- Ended deliveries are kept by the week in which they were created, which their ids tell. The default partition takes a delivery
-- that ends when its week is gone or has no table yet, so that ending one never fails.
CREATE TABLE "licensing"."WebhookDelivery_other" PARTITION OF "licensing"."WebhookDelivery" DEFAULT;--> statement-breakpoint
CREATE FUNCTION licensing.first_id_at(at timestamptz) RETURNS bigint
LANGUAGE sql STABLE
AS $$
  SELECT greatest(0, (floor(extract(epoch FROM at) * 1000)::bigint - 1577836800000) << 22)
$$;
--> statement-breakpoint
-- Makes the tables of the weeks from now to a fortnight ahead, and drops those of which every delivery is older than `kept_days`.
-- The application's role can't change the schema, so this runs with its owner's rights and makes and drops nothing else.
CREATE FUNCTION licensing.keep_webhook_partitions(at timestamptz, kept_days int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  week timestamptz;
  name text;
  low bigint;
  high bigint;
  old record;
  changed int := 0;
BEGIN
  FOR ahead IN 0..2 LOOP
    week := (date_trunc('week', at AT TIME ZONE 'UTC') + make_interval(weeks => ahead)) AT TIME ZONE 'UTC';
    name := 'WebhookDelivery_' || to_char(week AT TIME ZONE 'UTC', 'IYYY_IW');
    CONTINUE WHEN to_regclass(format('licensing.%I', name)) IS NOT NULL;
    low := licensing.first_id_at(week);
    high := licensing.first_id_at((week AT TIME ZONE 'UTC' + interval '1 week') AT TIME ZONE 'UTC');
    EXECUTE format('CREATE TABLE licensing.%I (LIKE licensing."WebhookDelivery" INCLUDING ALL)', name);
    EXECUTE format('WITH moved AS (DELETE FROM licensing."WebhookDelivery_other" WHERE id >= %s AND id < %s RETURNING *)
      INSERT INTO licensing.%I SELECT * FROM moved', low, high, name);
    EXECUTE format('ALTER TABLE licensing."WebhookDelivery" ATTACH PARTITION licensing.%I FOR VALUES FROM (%s) TO (%s)', name, low, high);
    changed := changed + 1;
  END LOOP;
  FOR old IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'licensing."WebhookDelivery"'::regclass AND c.relname ~ '^WebhookDelivery_[0-9]{4}_[0-9]{2}$'
      AND to_date(substring(c.relname FROM 17), 'IYYY_IW') + 7 <= (at AT TIME ZONE 'UTC') - make_interval(days => kept_days)
  LOOP
    EXECUTE format('DROP TABLE licensing.%I', old.relname);
    changed := changed + 1;
  END LOOP;
  DELETE FROM licensing."WebhookDelivery_other" WHERE id < licensing.first_id_at(at - make_interval(days => kept_days));
  RETURN changed;
END
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION licensing.keep_webhook_partitions FROM PUBLIC;--> statement-breakpoint
SELECT licensing.keep_webhook_partitions(now(), 30);
