-- Null at first, in new licenses too: instances of the version before give and free seats without keeping the number.
ALTER TABLE "licensing"."License" ADD COLUMN "open_seats" integer;--> statement-breakpoint
-- Room for the rows that validations touch: then no index is written. Rows move when they are next changed.
ALTER TABLE "licensing"."License" SET (fillfactor = 85);--> statement-breakpoint
ALTER TABLE "licensing"."Activation" SET (fillfactor = 85);
