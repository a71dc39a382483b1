import { readFileSync } from "node:fs";
import path from "node:path";
import { reconcile } from "@licensing/core/publication/reconcile.job.ts";
import { createDatabase } from "@licensing/core/platform/database.ts";
import type { Database } from "@licensing/core/platform/database.ts";
import { startMachine } from "../../infra/local/machine/machine.ts";
import type { Machine } from "../../infra/local/machine/machine.ts";
import { openRedis } from "../../infra/local/redis/redis.ts";
import { steadyTransport } from "../support/patient-runtime.ts";
import { claimRedisDatabase } from "../support/redis-database.ts";
import { whenDone } from "../support/when-done.ts";
import type { Recorded } from "./answers.ts";
import { callerOf } from "./fill.ts";
import type { Call } from "./fill.ts";
import { placeOf, readRecorded, serveCluster, unpackFolder } from "./fixture.ts";
import type { FixtureName } from "./fixture.ts";

/** This version, started on a fixture of the former one, with its clock at the instant of the recorded answers. */
export type Upgraded = {
  readonly recorded: Recorded;
  readonly machine: Machine;
  /** Calls as the administrator that filled the former service. */
  readonly call: Call;
  readonly owner: Database;
  readonly applicationSecret: string;
  /** Whether Redis still holds the former certificates. */
  readonly keepsRedis: boolean;
  /** Sets the clock, in milliseconds after the recorded instant. */
  readonly elapse: (ms: number) => void;
  readonly elapsed: () => number;
};

type Upgrading = {
  /** The folder of migrations; default: the project's. */
  readonly migrations?: string;
};

/** The data folder begins with an empty Redis; beside the cluster stands a Redis that holds the former certificates. */
export async function upgrade(name: FixtureName, { migrations }: Upgrading = {}): Promise<Upgraded> {
  const folder = unpackFolder(name);
  const recorded = readRecorded(name);
  let elapsedMs = 0;
  const now = () => new Date(Date.parse(recorded.at) + elapsedMs);
  const machine = await startMachine({
    ...(name === "cluster" ? await openServers(folder, recorded) : {}),
    file: (file) => path.join(folder, file),
    migrations,
    now,
    print: () => undefined,
  });
  whenDone(() => machine.close());
  Object.assign(machine.runtime.transport, steadyTransport());
  // A start publishes for a few seconds, which may be too short on a busy machine.
  await reconcile(machine.runtime);
  const transport = steadyTransport();
  whenDone(() => transport.close());
  const call: Call = async (...given) => {
    const token = await machine.issuer.mint({ sub: "local-admin", roles: ["licensing-admin"] });
    return callerOf(machine.origin, token)(...given);
  };
  const { applicationSecret } = JSON.parse(readFileSync(path.join(folder, "secrets.json"), "utf8")) as { applicationSecret: string };
  const owner = createDatabase(machine.environment["APP_ENV_MIGRATION_DATABASE_URL"] ?? "", transport);
  return { recorded, machine, call, owner, applicationSecret, keepsRedis: name === "cluster", elapse: (ms) => void (elapsedMs = ms), elapsed: () => elapsedMs };
}

async function openServers(folder: string, recorded: Recorded) {
  const served = await serveCluster(placeOf(folder));
  whenDone(() => served.stop());
  const redisUrl = await claimRedisDatabase();
  const redis = await openRedis(redisUrl);
  await redis.run(recorded.redis, { atomic: false });
  await redis.close();
  return { postgresUrl: served.url, redisUrl };
}
