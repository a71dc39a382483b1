import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Redis } from "ioredis";
import { onFreePort } from "../support/free-port.ts";
import { initialize, preparePlace, serve, THROW_AWAY_SETTINGS } from "../support/postgres.ts";
import { startRealRedis } from "../support/redis.ts";
import { until } from "../support/until.ts";

/** A server of one test's own, which may be killed and frozen by its process id, and started again on the same port. */
export type OwnServer = {
  readonly url: string;
  /** Kills it by SIGKILL. Unwritten data is lost. */
  readonly kill: () => Promise<void>;
  readonly start: () => Promise<void>;
  readonly freeze: () => void;
  readonly thaw: () => void;
  readonly close: () => Promise<void>;
};

/** A commit is in the log before it is answered, as in production, without waiting for the disk, since no machine crashes here. */
const durable = THROW_AWAY_SETTINGS.filter((setting) => !setting.startsWith("synchronous_commit"));

/** PostgreSQL with the superuser `postgres`. Killing it kills the postmaster; its children end by themselves. */
export async function startOwnPostgres(): Promise<OwnServer> {
  const folder = mkdtempSync(path.join(tmpdir(), "licensing-own-postgres-"));
  const place = preparePlace(folder);
  initialize(place);
  let { port, server } = await onFreePort((free) => serve(place, { port: free, settings: durable }));
  const pid = () => Number(readFileSync(path.join(folder, "data/postmaster.pid"), "utf8").split("\n")[0]);
  return {
    url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`,
    kill: async () => {
      process.kill(pid(), "SIGKILL");
      await server.stop();
    },
    // The killed server's shared memory is in use until its last child has ended.
    start: () => until("PostgreSQL starts again", () => serve(place, { port, settings: durable }).then((served) => Boolean(({ port, server } = served)), () => false)),
    freeze: () => process.kill(pid(), "SIGSTOP"),
    thaw: () => process.kill(pid(), "SIGCONT"),
    close: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A real Redis without persistence. Rejects if none is on the PATH. */
export async function startOwnRedis(): Promise<OwnServer> {
  const first = await onFreePort(async (free) => ({ port: free, server: await startRealRedis(free) }));
  const { port } = first;
  let { server } = first;
  const url = `redis://127.0.0.1:${port}`;
  let pid = await pidOfRedis(url);
  return {
    url,
    kill: async () => {
      process.kill(pid, "SIGKILL");
      await server.stop();
    },
    start: async () => {
      await until("Redis starts again", () => startRealRedis(port).then((served) => Boolean((server = served)), () => false));
      pid = await pidOfRedis(url);
    },
    freeze: () => process.kill(pid, "SIGSTOP"),
    thaw: () => process.kill(pid, "SIGCONT"),
    close: () => server.stop(),
  };
}

async function pidOfRedis(url: string): Promise<number> {
  const redis = new Redis(url, { protocol: 2 });
  try {
    return Number(/process_id:([0-9]+)/.exec(await redis.info("server"))?.[1]);
  } finally {
    redis.disconnect();
  }
}
