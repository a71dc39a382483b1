-- formerly: c53456927e3b602c79f6107cefc53c16f197d19b859f604edd0a8942b5a0a981
-- The trigger's function had the rights of the application's role, which gets its rights to new tables at the end of the run.
CREATE TABLE "licensing"."CertificateDue" (
	"license_id" bigint PRIMARY KEY NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"denies" boolean NOT NULL,
	"kid" text,
	"lease" uuid,
	"changed_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "licensing"."CertificateDue" ADD CONSTRAINT "CertificateDue_license_id_License_id_fk" FOREIGN KEY ("license_id") REFERENCES "licensing"."License"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX "CertificateDue_due_index" ON "licensing"."CertificateDue" USING btree ("denies","due_at");
--> statement-breakpoint
CREATE INDEX "CertificateDue_kid_index" ON "licensing"."CertificateDue" USING btree ("kid","denies","due_at");
--> statement-breakpoint
CREATE INDEX "CertificateDue_denying_index" ON "licensing"."CertificateDue" USING btree ("license_id") WHERE "licensing"."CertificateDue"."denies";
--> statement-breakpoint
CREATE INDEX "CertificateDue_changed_index" ON "licensing"."CertificateDue" USING btree ("changed_at") WHERE "licensing"."CertificateDue"."changed_at" is not null;
--> statement-breakpoint
ALTER TABLE "licensing"."CertificateDue" SET (fillfactor = 70);--> statement-breakpoint
-- Until instances of the version before are gone, the queue that they write is copied into this one. New instances leave those
-- columns alone; a new license gets a default.
ALTER TABLE "licensing"."License" ALTER COLUMN "certificate_due_at" SET DEFAULT now();--> statement-breakpoint
CREATE FUNCTION licensing.queue_certificate() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  INSERT INTO licensing."CertificateDue" AS d (license_id, due_at, denies, kid, changed_at)
  VALUES (NEW.id, NEW.certificate_due_at,
    NEW.status IN ('SUSPENDED', 'REVOKED') OR coalesce(NEW.grace_until <= NEW.certificate_due_at, false), NEW.certificate_kid,
    CASE WHEN TG_OP = 'INSERT' OR NEW.sequence <> OLD.sequence THEN NEW.updated_at END)
  ON CONFLICT (license_id) DO UPDATE SET due_at = excluded.due_at, denies = excluded.denies, kid = excluded.kid, lease = null,
    changed_at = least(d.changed_at, excluded.changed_at);
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "License_queue_certificate" AFTER INSERT OR UPDATE OF certificate_due_at, certificate_kid
ON licensing."License" FOR EACH ROW EXECUTE FUNCTION licensing.queue_certificate();
