import { flushCompileCache } from "node:module";
import { reconcile } from "@licensing/core/publication/reconcile.job.ts";
import { expireSweep } from "@licensing/core/lifecycle/expire.job.ts";
import { deliverWebhooks } from "@licensing/core/webhook/deliver.job.ts";
import { createDatabase } from "@licensing/core/platform/database.ts";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import type { Runtime } from "@licensing/core/platform/runtime.ts";
import type { Outgoing, Transport } from "@licensing/core/platform/transport.ts";
import { startGateway } from "../../infra/local/lambda/gateway.ts";
import { invokeInProcess } from "../../infra/local/lambda/in-process.ts";
import { startNeon } from "../../infra/local/neon/neon.ts";
import { openPostgres } from "../../infra/local/neon/postgres.ts";
import { openRedis } from "../../infra/local/redis/redis.ts";
import { startUpstash } from "../../infra/local/redis/upstash.ts";
import { routes } from "../../infra/routes.ts";
import { patientSql, steadyTransport } from "./patient-runtime.ts";
import type { Armed, FromProcess, Job, StartProcess, ToProcess } from "./spawn-service.ts";

/**
 * The service as a process of its own, commanded over its IPC channel; it ends when that closes. It can be armed to kill itself at
 * its n-th call to the outside.
 */
const arms: { armed: Armed | undefined; calls: number } = { armed: undefined, calls: 0 };

function killing(inner: Transport): Transport {
  const die = () => process.kill(process.pid, "SIGKILL");
  const dieLater = (sending: Promise<unknown>) => {
    setImmediate(() => setImmediate(die));
    sending.catch(() => undefined);
    return new Promise<never>(() => undefined);
  };
  return {
    close: inner.close,
    send: async (request: Outgoing) => {
      arms.calls += 1;
      const when = arms.armed?.at === arms.calls ? arms.armed.when : undefined;
      if (when === "before") die();
      const sending = inner.send(request);
      // Two turns later the request is on its way, without a sign of how far. Its answer may be there before, and isn't used.
      if (when === "during") return dieLater(sending);
      const reply = await sending;
      if (when === "after") die();
      return reply;
    },
  };
}

function createKillableRuntime(environment: Readonly<Record<string, string>>, aheadMs: number): Runtime {
  const runtime = createRuntime({ environment, now: () => new Date(Date.now() + aheadMs) });
  const transport = killing(steadyTransport());
  const { database } = runtime.config;
  if (database === undefined) throw new Error("The process needs a database.");
  const opened = createDatabase(database.url, transport);
  const { databaseUrl } = runtime.config.keyring;
  return {
    config: runtime.config,
    now: runtime.now,
    random: runtime.random,
    log: runtime.log,
    keyPepper: runtime.keyPepper,
    transport,
    database: opened,
    keyringDatabase: databaseUrl === undefined ? opened : createDatabase(databaseUrl, transport),
  };
}

/** With endpoints of its own, so that several processes share only the servers. */
async function ownEndpoints({ environment, own }: StartProcess): Promise<Readonly<Record<string, string>>> {
  if (own === undefined) return environment;
  const neon = await startNeon({ backend: patientSql(openPostgres(own.postgresUrl)), passwords: own.passwords });
  const token = environment["APP_ENV_UPSTASH_REDIS_REST_TOKEN"] ?? "";
  const upstash = await startUpstash({ backend: await openRedis(own.redisUrl), token });
  const database = new URL(environment["APP_ENV_DATABASE_URL"] ?? "");
  database.port = String(neon.port);
  return { ...environment, APP_ENV_DATABASE_URL: database.href, APP_ENV_UPSTASH_REDIS_REST_URL: upstash.url };
}

async function start(message: StartProcess): Promise<Runtime> {
  const runtime = createKillableRuntime(await ownEndpoints(message), message.aheadMs ?? 0);
  const { origin } = await startGateway({ routes, invoke: invokeInProcess(runtime), port: 0 });
  // Most of these processes are killed, and Node writes compiled modules only when a process ends by itself.
  flushCompileCache();
  tell({ kind: "started", origin });
  return runtime;
}

let started: Promise<Runtime> | undefined;

const jobs: Readonly<Record<Job, (runtime: Runtime) => Promise<unknown>>> = { reconcile, expire: expireSweep, deliver: deliverWebhooks };

async function run(job: Job): Promise<void> {
  if (started === undefined) throw new Error("The process was not started.");
  await jobs[job](await started);
  tell({ kind: "ran" });
}

function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
}

function tell(message: FromProcess): void {
  process.send?.(message);
}

process.on("message", (message: ToProcess) => {
  switch (message.kind) {
    case "start":
      started = start(message);
      started.catch(fail);
      return;
    case "arm":
      arms.armed = message.armed;
      arms.calls = 0;
      return tell({ kind: "armed" });
    case "count":
      return tell({ kind: "counted", calls: arms.calls });
    case "run":
      run(message.job).catch(fail);
      return;
    default:
      return message satisfies never;
  }
});
process.on("disconnect", () => process.exit(0));
