-- Later, because instances of an older version write these columns. Their indexes go with them.
DROP TRIGGER "License_queue_certificate" ON licensing."License";--> statement-breakpoint
DROP FUNCTION licensing.queue_certificate();--> statement-breakpoint
ALTER TABLE "licensing"."License" DROP COLUMN "certificate_due_at";--> statement-breakpoint
ALTER TABLE "licensing"."License" DROP COLUMN "certificate_kid";
