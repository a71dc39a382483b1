import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { migrateFromEnvironment } from "../../infra/migrate.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { OWNER } from "../support/roles.ts";
import { base, startService } from "../support/service.ts";
import { whenDone } from "../support/when-done.ts";

/**
 * The present code stands for the older release. The newer release has one migration more, which adds a table and a column with a
 * default.
 */
const another = `create table licensing."Another" (id int primary key);--> statement-breakpoint
alter table licensing."License" add column another text default '' not null;`;

test("deploying the older release undoes a deploy: it migrates, is ready and writes on the newer schema", async () => {
  const service = await startService();
  const environment = {
    APP_ENV_MIGRATION_DATABASE_URL: service.neon.url(OWNER.name, service.databaseName),
    APP_ENV_DATABASE_URL: service.environment["APP_ENV_DATABASE_URL"],
  };
  const ours = path.join(import.meta.dirname, "../../migrations");
  await service.call("POST", `${base}/keys/check`);
  expect(await migrateFromEnvironment(environment, { folder: withOneMore(ours) })).toMatchObject({ applied: ["9000_another"] });

  expect(await migrateFromEnvironment(environment, { folder: ours })).toMatchObject({ applied: [] });
  const ready = await service.call("GET", "/readyz", { authorization: null });
  expect(ready.body.checks.migrations).toEqual([{ status: "pass" }]);
  const { licenseId } = await issueLicense(service, await createPolicy(service, { activationLimit: 1 }));
  const suspended = await service.call("POST", `${base}/licenses/${licenseId}/suspend`);
  expect(suspended.body).toMatchObject({ license: { status: "SUSPENDED" }, certificate: { state: "published" } });
});

function withOneMore(ours: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), "licensing-migrations-"));
  whenDone(() => rmSync(folder, { recursive: true }));
  cpSync(ours, folder, { recursive: true });
  const journalFile = path.join(folder, "meta/_journal.json");
  const journal = JSON.parse(readFileSync(journalFile, "utf8")) as { entries: { idx: number; when: number }[] };
  const last = journal.entries.at(-1);
  if (last === undefined) throw new Error("there are no migrations");
  const entry = { ...last, idx: last.idx + 1, when: last.when + 1, tag: "9000_another" };
  writeFileSync(journalFile, JSON.stringify({ ...journal, entries: [...journal.entries, entry] }));
  writeFileSync(path.join(folder, "9000_another.sql"), another);
  return folder;
}
