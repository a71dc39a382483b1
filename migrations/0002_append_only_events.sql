-- The audit trail is only ever appended to. The application's role has no grant to do more; this refuses the owner too,
-- who has to say so (ALTER TABLE … DISABLE TRIGGER) before history can be touched.
CREATE FUNCTION licensing.refuse_history_change() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  RAISE EXCEPTION 'license events are append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
--> statement-breakpoint
CREATE TRIGGER "LicenseEvent_append_only" BEFORE UPDATE OR DELETE ON licensing."LicenseEvent"
FOR EACH ROW EXECUTE FUNCTION licensing.refuse_history_change();
--> statement-breakpoint
CREATE TRIGGER "LicenseEvent_no_truncate" BEFORE TRUNCATE ON licensing."LicenseEvent"
FOR EACH STATEMENT EXECUTE FUNCTION licensing.refuse_history_change();
