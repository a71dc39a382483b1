-- formerly: 7c63f2a3a4273264e72a1b8aa655afa25b3919410295a775917081e3d0eddf62
-- The trigger's function had the rights of the application's role, which gets its rights to new tables at the end of the run.
CREATE TABLE "licensing"."Summary" (
	"place" smallint PRIMARY KEY DEFAULT 1 NOT NULL,
	"as_of" timestamp (3) with time zone,
	"figures" jsonb,
	"events_to" bigint NOT NULL,
	"is_counted" boolean DEFAULT false NOT NULL,
	CONSTRAINT "Summary_one_row_check" CHECK ("licensing"."Summary"."place" = 1)
);
--> statement-breakpoint
CREATE TABLE "licensing"."TallyChange" (
	"license_id" bigint NOT NULL,
	"transaction_id" "xid8" DEFAULT pg_current_xact_id() NOT NULL,
	"from_status" text,
	"from_day" date,
	"from_full" boolean,
	"to_status" text,
	"to_day" date,
	"to_full" boolean,
	"seats" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "licensing"."TallyPage" (
	"until" bigint PRIMARY KEY NOT NULL,
	"snapshot" "pg_snapshot" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "licensing"."Tally" (
	"figure" text NOT NULL,
	"part" text NOT NULL,
	"n" bigint NOT NULL,
	CONSTRAINT "Tally_pkey" PRIMARY KEY("figure","part")
);
--> statement-breakpoint
ALTER TABLE "licensing"."License" ADD COLUMN "seats_full" boolean DEFAULT false NOT NULL;--> statement-breakpoint
-- Each change adds a row and the job takes it away, so dead rows must go soon, however few are alive.
ALTER TABLE "licensing"."TallyChange" SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);--> statement-breakpoint
-- Triggers, because instances of the version before write licenses too. A column, because an index on the numbers themselves would
-- be written with every seat.
CREATE FUNCTION licensing.keep_seats_full() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  NEW.seats_full := coalesce(NEW.open_seats >= NEW.activation_limit, false);
  RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "License_seats_full" BEFORE INSERT OR UPDATE OF open_seats, activation_limit
ON licensing."License" FOR EACH ROW EXECUTE FUNCTION licensing.keep_seats_full();
--> statement-breakpoint
-- OLD is null in an insertion and NEW in a deletion, and so are their columns.
CREATE FUNCTION licensing.tally_license() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  INSERT INTO licensing."TallyChange" (license_id, from_status, from_day, from_full, to_status, to_day, to_full, seats)
  VALUES (coalesce(NEW.id, OLD.id), OLD.status, (OLD.expires_at AT TIME ZONE 'UTC')::date, OLD.seats_full,
    NEW.status, (NEW.expires_at AT TIME ZONE 'UTC')::date, NEW.seats_full, coalesce(NEW.open_seats, 0) - coalesce(OLD.open_seats, 0));
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "License_tally" AFTER INSERT OR DELETE
ON licensing."License" FOR EACH ROW EXECUTE FUNCTION licensing.tally_license();
--> statement-breakpoint
CREATE TRIGGER "License_tally_change" AFTER UPDATE OF status, expires_at, open_seats, activation_limit, seats_full
ON licensing."License" FOR EACH ROW
WHEN (OLD.status <> NEW.status OR OLD.expires_at IS DISTINCT FROM NEW.expires_at
  OR OLD.open_seats IS DISTINCT FROM NEW.open_seats OR OLD.seats_full <> NEW.seats_full)
EXECUTE FUNCTION licensing.tally_license();
