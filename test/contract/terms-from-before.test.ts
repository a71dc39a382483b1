import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import path from "node:path";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { startNeon } from "../../infra/local/neon/neon.ts";
import { openPostgres } from "../../infra/local/neon/postgres.ts";
import { migrate, openForMigration } from "../../infra/migrate.ts";
import { asSuperuser } from "../support/database.ts";
import { steadyTransport } from "../support/patient-runtime.ts";
import { OWNER, PASSWORDS } from "../support/roles.ts";
import { postgresUrl } from "../support/servers.ts";
import { whenDone } from "../support/when-done.ts";

const migrations = path.join(import.meta.dirname, "../../migrations");

/** A folder with the migrations up to a number. */
function migrationsUpTo(last: number): string {
  const folder = mkdtempSync(path.join(tmpdir(), "licensing-migrations-"));
  whenDone(() => rmSync(folder, { recursive: true }));
  cpSync(migrations, folder, { recursive: true });
  const journalFile = path.join(folder, "meta/_journal.json");
  const journal = JSON.parse(readFileSync(journalFile, "utf8")) as { entries: { idx: number }[] };
  writeFileSync(journalFile, JSON.stringify({ ...journal, entries: journal.entries.filter(({ idx }) => idx <= last) }));
  return folder;
}

test("a policy that is older than a term gets its default, but no bound on releases; its licenses don't get the term until their terms are copied again", async () => {
  const name = `test_${randomBytes(6).toString("hex")}`;
  await asSuperuser(`CREATE DATABASE ${name} OWNER ${OWNER.name}`);
  whenDone(() => asSuperuser(`DROP DATABASE ${name} WITH (FORCE)`));
  const backend = openPostgres(await postgresUrl());
  const neon = await startNeon({ backend, passwords: PASSWORDS });
  const transport = steadyTransport();
  whenDone(async () => {
    transport.close();
    await neon.close();
    await backend.close();
  });
  const owner = openForMigration(neon.url(OWNER.name, name), transport);
  await migrate({ ...owner, folder: migrationsUpTo(6) });
  await owner.database.write(sql`insert into licensing."License" (policy_id, holder_type, holder_id, last_event_hash, duration, features,
      expiration_basis, renewal_basis, on_full, fingerprint_required, key_digest, key_hint, certificate_due_at, created_at, updated_at)
    select p.id, 'user', 'ada', repeat('0', 64), p.duration, p.features, p.expiration_basis, p.renewal_basis, p.on_full, false, 'digest', '…00000',
      p.created_at, p.created_at, p.created_at from licensing."Policy" p`);
  await migrate({ ...owner, folder: migrations, later: true });
  await owner.database.write(sql`insert into licensing."Policy" (code, name, created_at, updated_at)
    select 'after', 'After', p.created_at, p.created_at from licensing."Policy" p limit 1`);
  const [policies = []] = await owner.database.read(sql`select code, releases, remind_before from licensing."Policy" order by id`);
  expect(policies).toEqual([
    { code: "free-trial", releases: null, remind_before: ["P30D", "P7D", "P1D"] },
    { code: "after", releases: { limit: 5, period: "P30D" }, remind_before: ["P30D", "P7D", "P1D"] },
  ]);
  const [licenses = []] = await owner.database.read(sql`select releases, remind_before from licensing."License"`);
  expect(licenses).toEqual([{ releases: null, remind_before: [] }]);
});
