ALTER TABLE "licensing"."LicenseEvent" DROP CONSTRAINT "LicenseEvent_type_check";--> statement-breakpoint
ALTER TABLE "licensing"."Activation" ADD COLUMN "by_holder" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "licensing"."License" ADD COLUMN "transferred_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "licensing"."License" ADD COLUMN "transferred_sequence" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "licensing"."LicenseEvent" ADD CONSTRAINT "LicenseEvent_type_check" CHECK ("licensing"."LicenseEvent"."type" in ('created', 'activated', 'deactivated', 'suspended', 'reinstated', 'renewed', 'expired', 'revoked', 'updated', 'transferred', 'file-issued'));
--> statement-breakpoint
-- The hash of a license's next event: see eventHash in core/event/event.ts.
CREATE FUNCTION licensing.event_hash(previous text, head text, sequence bigint, digest text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN encode(sha256(convert_to(coalesce(previous, head) || sequence::text || digest, 'UTF8')), 'hex');
--> statement-breakpoint
-- Links the events of one commit in one pass. As a window function it returns each event's hash; the first one follows `head`.
CREATE AGGREGATE licensing.event_chain(head text, sequence bigint, digest text) (SFUNC = licensing.event_hash, STYPE = text);
