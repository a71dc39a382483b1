import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { startChild } from "./child.ts";
import { onFreePort } from "./free-port.ts";
import { copyPostgres, findPostgres } from "./postgres-binaries.ts";
import { asUnprivileged, type Unprivileged } from "./unprivileged.ts";

export interface PostgresCluster {
  /** The superuser's address, in the database `postgres`. */
  url: string;
  /** Stops the server and removes its folder. */
  stop(): Promise<void>;
}

const SUPERUSER = "postgres";
const PASSWORD = "postgres";

/** Settings of a cluster that may be lost: it doesn't wait for the disk. */
export const THROW_AWAY_SETTINGS: readonly string[] = [
  "listen_addresses=127.0.0.1",
  "unix_socket_directories=",
  // Two files at once, each with pools of twenty connections for several services and with sessions of its own.
  "max_connections=300",
  "fsync=off",
  "full_page_writes=off",
  "synchronous_commit=off",
  "wal_level=minimal",
  "max_wal_senders=0",
  "timezone=GMT",
];

/**
 * Starts an empty PostgreSQL on loopback for one test run, in a folder of its own below the temporary one.
 * Passwords travel in clear text, because Neon's driver pipelines those, and they cost no hashing.
 */
export async function startPostgres(): Promise<PostgresCluster> {
  const folder = mkdtempSync(path.join(tmpdir(), "licensing-postgres-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const place = preparePlace(folder);
    initialize(place);
    const { port, server } = await onFreePort((port) => serve(place, { port, settings: THROW_AWAY_SETTINGS }));
    return {
      url: `postgres://${SUPERUSER}:${PASSWORD}@127.0.0.1:${port}/postgres`,
      async stop() {
        await server.stop();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** A cluster's folder, and the way to run its programs. */
export interface Place {
  folder: string;
  bin: string;
  runner: Unprivileged;
}

/** Finds the programs, and gives the folder to the user that runs them. */
export function preparePlace(folder: string): Place {
  const found = findPostgres();
  const runner = asUnprivileged(found.root);
  const { root } = runner.reaches ? found : copyPostgres(found, folder);
  const passwordFile = path.join(folder, "password");
  writeFileSync(passwordFile, PASSWORD, { mode: 0o600 });
  chmodSync(folder, 0o700);
  if (runner.identity !== undefined) {
    chownSync(folder, runner.identity.uid, runner.identity.gid);
    chownSync(passwordFile, runner.identity.uid, runner.identity.gid);
  }
  return { folder, bin: path.join(root, "bin"), runner };
}

/** Makes the cluster below the folder. `more` are further arguments of `initdb`. */
export function initialize({ folder, bin, runner }: Place, more: readonly string[] = []): void {
  const [command = "", ...args] = [
    ...runner.prefix,
    path.join(bin, "initdb"),
    ...["-D", path.join(folder, "data"), "-U", SUPERUSER, `--pwfile=${path.join(folder, "password")}`],
    ...["--auth=password", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"],
    ...more,
  ];
  const run = spawnSync(command, args, { cwd: folder, encoding: "utf8", ...runner.identity });
  if (run.status !== 0) throw new Error(`initdb failed.\n${run.stdout}\n${run.stderr}`, { cause: run.error });
}

/** Starts the server; rejects when the port is taken. */
export async function serve({ folder, bin, runner }: Place, { port, settings }: { port: number; settings: readonly string[] }) {
  const given = settings.flatMap((setting) => ["-c", setting]);
  const [command = "", ...args] = [
    ...runner.prefix,
    path.join(bin, "postgres"),
    ...["-D", path.join(folder, "data"), "-p", String(port), ...given],
  ];
  const server = await startChild({
    command: [command, ...args],
    cwd: folder,
    ...(runner.identity === undefined ? {} : { identity: runner.identity }),
    ready: "ready to accept connections",
  });
  return { port, server };
}
