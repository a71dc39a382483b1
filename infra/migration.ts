import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { applicationUrl, databaseFingerprint, keyringUrl, ownerUrl } from "./database.ts";
import { createFunction } from "./functions.ts";

/**
 * The step that brings the database to the state that this code expects, before any function of this code is deployed. A function
 * does it, so that the deploying machine needs no access to the database. Only this function holds the owner's URL, and it makes
 * the application's and the key ring's roles by their URLs.
 *
 * It runs if its result would change: by the files of `migrations/`, its own code (which holds the grants), the database, or a
 * password. Running it once too often changes nothing.
 */
const folder = "migrations";
const filesMax = 1000;

const { function: migrate } = createFunction({
  name: "Migrate",
  handler: "infra/migrate.handler",
  description: "Migrates the database on deploy",
  timeout: "10 minutes",
  environment: {
    APP_ENV_STAGE: $app.stage,
    APP_ENV_DATABASE_URL: applicationUrl,
    APP_ENV_LICENSING_KEYRING_DATABASE_URL: keyringUrl,
    APP_ENV_MIGRATION_DATABASE_URL: ownerUrl,
  },
  copyFiles: [{ from: folder, to: folder }],
  live: false,
});

const content = contentHash(join($cli.paths.root, folder));

const invocation = new aws.lambda.Invocation("Migration", {
  functionName: migrate.name,
  input: JSON.stringify({ migrations: content }),
  triggers: {
    migrations: content,
    // The place of the bundle: SST names it by the SHA-256 of the archive.
    code: migrate.nodes.function.s3Key.apply((key) => key ?? ""),
    database: databaseFingerprint,
  },
});

/**
 * The application's database URL. It is known only after the database is migrated, so a function that gets it waits for the
 * migration.
 */
export const migratedDatabaseUrl = $util.secret(
  $resolve([applicationUrl, invocation.result]).apply(([url]) => url),
);

/** The URL of the key ring's role, after the same wait. */
export const migratedKeyringUrl = $util.secret(
  $resolve([keyringUrl, invocation.result]).apply(([url]) => url),
);

/** SHA-256 over names and contents, in the order of names. */
function contentHash(directory: string): string {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  if (entries.length > filesMax) throw new Error(`${folder}/ has more than ${filesMax} files`);
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
  const hash = createHash("sha256");
  for (const path of paths) {
    const bytes = readFileSync(path);
    hash.update(`${path.slice(directory.length)}\n${bytes.length}\n`).update(bytes);
  }
  return hash.digest("hex");
}
