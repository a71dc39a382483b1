import path from "node:path";
import { createTransport } from "@licensing/core/platform/transport.ts";
import { migrate, openForMigration } from "../../migrate.ts";
import type { MigrateReport } from "../../migrate.ts";
import { startNeon } from "./neon.ts";
import type { NeonServer } from "./neon.ts";
import { openPglite, pgliteDatabase } from "./pglite.ts";
import { openPostgres } from "./postgres.ts";
import type { LocalSecrets } from "./secrets.ts";
import type { SqlBackend } from "./sql.ts";

type DatabaseOptions = {
  /** The path of a file in the data folder; null: keep everything in memory. */
  readonly file: ((name: string) => string) | null;
  /** A real PostgreSQL (`postgres://owner:password@host:port/database`) instead of the embedded one. */
  readonly postgresUrl?: string | undefined;
  /** The Neon endpoint's port; default: any free one. */
  readonly ports?: { readonly sql?: number };
  readonly progress?: (what: string) => void;
  /** The folder of migrations; default: the project's. */
  readonly migrations?: string | undefined;
  readonly secrets: Pick<LocalSecrets, "ownerPassword" | "applicationPassword" | "keyringPassword">;
};

type MigratedDatabase = {
  readonly neon: NeonServer;
  readonly ownerUrl: string;
  readonly applicationUrl: string;
  readonly keyringUrl: string;
  readonly migrated: MigrateReport;
  readonly close: () => Promise<void>;
};

const owner = "licensing_owner";
const application = "licensing_app";
const keyring = "licensing_keyring";
const migrationsFolder = path.join(import.meta.dirname, "../../../migrations");

/** This machine's database behind Neon's protocol, migrated. If that fails, everything is closed again. */
export async function openMigratedDatabase(options: DatabaseOptions): Promise<MigratedDatabase> {
  const { secrets, ports = {}, progress = () => undefined } = options;
  progress("Starting the database");
  const { backend, ownerName, ownerPassword, databaseName } = await openDatabase(options);
  let neon: NeonServer | undefined;
  const close = async (): Promise<void> => {
    await neon?.close();
    await backend.close();
  };
  try {
    const passwords = { [ownerName]: ownerPassword, [application]: secrets.applicationPassword, [keyring]: secrets.keyringPassword };
    neon = await startNeon({ backend, passwords, port: ports.sql ?? 0 });
    const ownerUrl = neon.url(ownerName, databaseName);
    progress("Running the migrations");
    const migrated = await runMigrations(ownerUrl, options);
    return { neon, ownerUrl, applicationUrl: neon.url(application, databaseName), keyringUrl: neon.url(keyring, databaseName), migrated, close };
  } catch (error) {
    await close();
    throw error;
  }
}

type OpenedDatabase = {
  readonly backend: SqlBackend;
  readonly ownerName: string;
  readonly ownerPassword: string;
  readonly databaseName: string;
};

async function openDatabase({ file, postgresUrl, secrets }: DatabaseOptions): Promise<OpenedDatabase> {
  if (postgresUrl === undefined) {
    const backend = await openPglite({ dataDir: file?.("postgres") ?? null, owner });
    return { backend, ownerName: owner, ownerPassword: secrets.ownerPassword, databaseName: pgliteDatabase };
  }
  const url = new URL(postgresUrl);
  return {
    backend: openPostgres(postgresUrl),
    ownerName: decodeURIComponent(url.username),
    ownerPassword: decodeURIComponent(url.password),
    databaseName: decodeURIComponent(url.pathname.slice(1)),
  };
}

async function runMigrations(ownerUrl: string, { secrets, migrations = migrationsFolder }: DatabaseOptions): Promise<MigrateReport> {
  const transport = createTransport();
  try {
    return await migrate({
      ...openForMigration(ownerUrl, transport),
      folder: migrations,
      application: { role: application, password: secrets.applicationPassword },
      keyring: { role: keyring, password: secrets.keyringPassword },
      // No other process writes to this machine's database meanwhile.
      later: true,
    });
  } finally {
    transport.close();
  }
}
