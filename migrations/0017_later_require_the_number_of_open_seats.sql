-- A valid check lets the column become NOT NULL without reading the table under a lock that stops everybody.
ALTER TABLE "licensing"."License" ADD CONSTRAINT "License_open_seats_check" CHECK (open_seats IS NOT NULL) NOT VALID;--> statement-breakpoint
ALTER TABLE "licensing"."License" VALIDATE CONSTRAINT "License_open_seats_check";--> statement-breakpoint
ALTER TABLE "licensing"."License" ALTER COLUMN "open_seats" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "licensing"."License" DROP CONSTRAINT "License_open_seats_check";
