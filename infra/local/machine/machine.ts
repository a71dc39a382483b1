import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { reconcile } from "@licensing/core/publication/reconcile.job.ts";
import { checkKeys } from "@licensing/core/rotation/check-keys.store.ts";
import { summarize } from "@licensing/core/statistics/summarize.job.ts";
import { signingKeys } from "@licensing/core/keyring/signing-keys.store.ts";
import { readConfig } from "@licensing/core/platform/config.ts";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import type { Runtime } from "@licensing/core/platform/runtime.ts";
import { routes, schedules } from "../../routes.ts";
import { startGateway } from "../lambda/gateway.ts";
import type { Gateway } from "../lambda/gateway.ts";
import { invokeInProcess, runScheduleInProcess } from "../lambda/in-process.ts";
import type { Environment, Invoker } from "../lambda/invoker.ts";
import { startMessageQueue } from "../lambda/message-queue.ts";
import { localRegion, newRole, roleVariables } from "../lambda/signed-request.ts";
import { startIssuer } from "../issuer/issuer.ts";
import type { Issuer, IssuerOptions } from "../issuer/issuer.ts";
import { openMigratedDatabase } from "../neon/migrated-database.ts";
import type { NeonServer } from "../neon/neon.ts";
import type { RedisBackend } from "../redis/redis-backend.ts";
import { openRedis } from "../redis/redis.ts";
import { startSchedules } from "../lambda/scheduler.ts";
import { openSecrets } from "../neon/secrets.ts";
import { createStore } from "../redis/store.ts";
import { startUpstash } from "../redis/upstash.ts";
import type { UpstashServer } from "../redis/upstash.ts";

/**
 * The whole service on one machine: database and Redis behind production's protocols, an identity provider, the functions behind a
 * gateway. The functions run unchanged.
 */
export type MachineOptions = {
  /** The path of a file in the data folder; null: keep everything in memory. */
  readonly file: ((name: string) => string) | null;
  /** A real PostgreSQL (`postgres://owner:password@host:port/database`) instead of the embedded one. */
  readonly postgresUrl?: string | undefined;
  readonly redisUrl?: string | undefined;
  /** The folder of migrations; default: the project's. */
  readonly migrations?: string | undefined;
  readonly ports?: Partial<Record<"gateway" | "sql" | "redis" | "issuer", number>>;
  /** The given part of the service's configuration. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly now?: () => Date;
  readonly print?: (line: string) => void;
  readonly progress?: (what: string) => void;
  /** The way to call functions; default: in this process, from their sources. */
  readonly invoke?: (machine: { readonly environment: Environment; readonly runtime: Runtime }) => Promise<Invoker>;
};

export type Machine = {
  readonly origin: string;
  readonly environment: Environment;
  readonly runtime: Runtime;
  readonly neon: NeonServer;
  readonly upstash: UpstashServer;
  readonly issuer: Issuer;
  readonly gateway: Gateway;
  readonly publicPem: string;
  readonly close: () => Promise<void>;
};

const audienceDefault = "licensing";
/** How long a start publishes certificates that are due; the schedule publishes the rest. */
const reconcileMs = 5_000;

export async function startMachine(options: MachineOptions): Promise<Machine> {
  const closers: (() => Promise<unknown> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const machine = await start(options, (closer) => closers.push(closer));
    return { ...machine, close };
  } catch (error) {
    await close();
    throw error;
  }
}

type OnClose = (closer: () => Promise<unknown> | void) => void;

async function start(options: MachineOptions, onClose: OnClose): Promise<Omit<Machine, "close">> {
  const { ports = {}, progress = () => undefined } = options;
  const secrets = openSecrets(options.file?.("secrets.json") ?? null);
  const { neon, ownerUrl, applicationUrl, keyringUrl, close } = await openMigratedDatabase({ ...options, secrets });
  onClose(close);
  progress("Starting Redis");
  const redis = await openRedisBackend(options);
  onClose(() => redis.close());
  const upstash = await startUpstash({ backend: redis, token: secrets.redisToken, port: ports.redis ?? 0 });
  onClose(upstash.close);
  progress("Starting the identity provider");
  const now = options.now;
  const own = given(options.environment);
  const issuer = await startIssuer({
    ...issuerOptions(own),
    keyFile: options.file?.("issuer-key.json") ?? null,
    port: ports.issuer ?? 0,
    ...(now === undefined ? {} : { now: () => now().getTime() }),
  });
  onClose(issuer.close);
  const invoking = Promise.withResolvers<Invoker>();
  const { queue, variables } = await openQueue(invoking.promise);
  onClose(queue.close);
  const environment: Environment = {
    APP_ENV_LICENSING_ED25519_PRIVATE_KEY: secrets.signingKeyPem,
    APP_ENV_APPLICATION_SECRET: secrets.applicationSecret,
    APP_ENV_LICENSING_KEY_PEPPER: secrets.keyPepper,
    APP_ENV_LICENSING_KEYRING_SECRET: secrets.keyringSecret,
    APP_ENV_IDENTITY_JWKS_URL: issuer.jwksUrl,
    APP_ENV_IDENTITY_ISSUER: issuer.issuer,
    APP_ENV_IDENTITY_AUDIENCE: issuer.audience,
    ...loginSettings(issuer, own),
    ...own,
    APP_ENV_DATABASE_URL: applicationUrl,
    APP_ENV_MIGRATION_DATABASE_URL: ownerUrl,
    APP_ENV_LICENSING_KEYRING_DATABASE_URL: keyringUrl,
    APP_ENV_UPSTASH_REDIS_REST_URL: upstash.url,
    APP_ENV_UPSTASH_REDIS_REST_TOKEN: secrets.redisToken,
    APP_ENV_DUMP_BUCKET: openDumps(options, onClose),
    APP_ENV_DUMP_SECRET: secrets.dumpSecret,
    ...variables,
  };
  const runtime = createRuntime({ environment, ...(now === undefined ? {} : { now }), ...(options.print === undefined ? {} : { print: options.print }) });
  onClose(() => runtime.transport.close());
  progress("Checking the keys");
  await checkKeys(runtime);
  // The embedded Redis begins empty, and consumers wait for the beacon: not for the schedule's first minute.
  await reconcile(runtime, { workMs: reconcileMs });
  await summarize(runtime);
  progress("Starting the gateway");
  const invoker = (await options.invoke?.({ environment, runtime })) ?? inProcess(runtime);
  onClose(invoker.close);
  invoking.resolve(invoker);
  onClose(queue.idle);
  onClose(startSchedules(runtime.log, invoker.runSchedule));
  const gateway = await startGateway({ routes, invoke: invoker.invoke, port: ports.gateway ?? 0 });
  onClose(gateway.close);
  const [key] = (await signingKeys(runtime)).values();
  return { origin: gateway.origin, environment, runtime, neon, upstash, issuer, gateway, publicPem: key?.publicPem ?? "" };
}

/** The folder of dumps: in the data folder, or one that goes with this run. */
function openDumps({ file }: MachineOptions, onClose: OnClose): string {
  if (file !== null) return file("dumps");
  const folder = mkdtempSync(path.join(tmpdir(), "licensing-dumps-"));
  onClose(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The queue of webhooks, whose messages start its subscribers as soon as functions can be called, and the variables that send to it. */
async function openQueue(invoking: Promise<Invoker>) {
  const role = newRole();
  const subscribers = schedules.filter(({ queue }) => queue !== undefined);
  const deliver = async (): Promise<void> => {
    const { runSchedule } = await invoking;
    await Promise.all(subscribers.map(runSchedule));
  };
  const queue = await startMessageQueue({ role, region: localRegion, deliver });
  return { queue, variables: { APP_ENV_WEBHOOK_QUEUE_URL: queue.url, ...roleVariables(role) } };
}

function inProcess(runtime: Runtime): Invoker {
  return { invoke: invokeInProcess(runtime), runSchedule: runScheduleInProcess(runtime), close: () => Promise.resolve() };
}

function openRedisBackend(options: MachineOptions): Promise<RedisBackend> {
  if (options.redisUrl !== undefined) return openRedis(options.redisUrl);
  const now = options.now;
  return Promise.resolve(createStore(now === undefined ? {} : { now: () => now().getTime() }));
}

/**
 * The issuer makes tokens by the service's settings, so that the service accepts them. With `APP_ENV_IDENTITY_JWKS_URL` the service
 * trusts another provider in its place.
 */
function issuerOptions(own: Readonly<Record<string, string>>): Pick<IssuerOptions, "audience" | "issuer" | "shape" | "clientId"> {
  const { APP_ENV_IDENTITY_ISSUER: issuer, APP_ENV_IDENTITY_AUDIENCE: audience = audienceDefault, APP_ENV_IDENTITY_CLIENT_ID: clientId } = own;
  const told = readConfig({ APP_ENV_IDENTITY_JWKS_URL: "https://issuer.invalid", APP_ENV_IDENTITY_ISSUER: "issuer", APP_ENV_IDENTITY_AUDIENCE: audience, ...own }).identity;
  const [algorithm] = told?.algorithms ?? [];
  const shape = told === undefined || algorithm === undefined ? {} : { algorithm, audienceClaim: told.audienceClaim, rolesClaim: told.rolesClaim, organizationClaim: told.organizationClaim };
  return { audience, shape, ...(issuer === undefined ? {} : { issuer }), ...(clientId === undefined ? {} : { clientId }) };
}

/** The console logs in at the machine's own provider, unless the service trusts another one. */
function loginSettings({ clientId, endpoints }: Issuer, own: Readonly<Record<string, string>>): Record<string, string> {
  if (own["APP_ENV_IDENTITY_JWKS_URL"] !== undefined) return {};
  return { APP_ENV_IDENTITY_CLIENT_ID: clientId, ...(endpoints === undefined ? {} : { APP_ENV_IDENTITY_ENDPOINTS: JSON.stringify(endpoints) }) };
}

/** The given settings of the service, without the addresses of its stores, which the machine sets. */
function given(environment: MachineOptions["environment"] = {}): Record<string, string> {
  const entries = Object.entries(environment).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && entry[1] !== "" && /^APP_ENV_(LICENSING_|APPLICATION_SECRET|STAGE|IDENTITY_)/.test(entry[0]),
  );
  return Object.fromEntries(entries);
}
