import { sql } from "drizzle-orm";
import { basePath } from "@licensing/core/http/address.ts";
import { createDatabase } from "@licensing/core/platform/database.ts";
import type { Database } from "@licensing/core/platform/database.ts";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import type { Runtime } from "@licensing/core/platform/runtime.ts";
import { generateKey } from "@licensing/core/keyring/signing-key.ts";
import { startGateway } from "../../infra/local/lambda/gateway.ts";
import { invokeInProcess } from "../../infra/local/lambda/in-process.ts";
import { startIssuer } from "../../infra/local/issuer/issuer.ts";
import type { Issuer } from "../../infra/local/issuer/issuer.ts";
import { startNeon } from "../../infra/local/neon/neon.ts";
import type { NeonServer } from "../../infra/local/neon/neon.ts";
import { openPostgres } from "../../infra/local/neon/postgres.ts";
import type { SqlBackend, SqlWork } from "../../infra/local/neon/sql.ts";
import { openRedis } from "../../infra/local/redis/redis.ts";
import { startUpstash } from "../../infra/local/redis/upstash.ts";
import type { UpstashServer } from "../../infra/local/redis/upstash.ts";
import { routes } from "../../infra/routes.ts";
import { cloneDatabase } from "./database.ts";
import { claimRedisDatabase } from "./redis-database.ts";
import { APPLICATION, KEYRING, OWNER, PASSWORDS } from "./roles.ts";
import { patientSql, steadyTransport } from "./patient-runtime.ts";
import { issuerKeysFile, postgresUrl } from "./servers.ts";
import { whenDone } from "./when-done.ts";

/**
 * The service over HTTP for one test file: a database of its own on the run's PostgreSQL, a Redis database of its own, the
 * same endpoints and drivers as everywhere. Everything is stopped when the file is done.
 */
export type Service = {
  readonly origin: string;
  readonly runtime: Runtime;
  readonly environment: Readonly<Record<string, string>>;
  readonly issuer: Issuer;
  readonly neon: NeonServer;
  readonly upstash: UpstashServer;
  readonly databaseName: string;
  readonly redisUrl: string;
  readonly publicPem: string;
  /** The database as the tables' owner, past the application's grants. */
  readonly owner: Database;
  /** The clock; `set` moves it. */
  readonly clock: Clock;
  /** Every line the service printed. */
  readonly printed: string[];
  /** A token for a seeded role. */
  readonly token: (role: Role | null, subject?: string, org?: string) => Promise<string>;
  /** A call as `licensing-admin` unless told otherwise. */
  readonly call: (method: string, path: string, options?: CallOptions) => Promise<Answer>;
};

export type Role = "admin" | "operator" | "support" | "service" | "auditor";
export type Clock = { readonly now: () => Date; /** Undefined: the machine's clock again. */ readonly set: (to: Date | string | undefined) => void; readonly advance: (seconds: number) => void };
export type CallOptions = {
  readonly body?: unknown;
  /** The whole header; `null`: none. */
  readonly authorization?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
};
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Answer = { readonly status: number; readonly headers: Headers; readonly text: string; readonly body: any };

export const base = basePath;

/** The token of the Upstash endpoint. */
export const redisToken = "redis-token-of-a-test";

export type ServiceOptions = {
  /** Default: the machine's clock, which `clock.set` replaces. */
  readonly now?: string;
  /** For controls: rewrites the service's statements on their way to the database, and the functions that hold some of them. */
  readonly rewriteSql?: (query: string) => string;
  /** Replaces single settings; undefined removes one. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
};

export async function startService(options: ServiceOptions = {}): Promise<Service> {
  const databaseName = await cloneDatabase();
  const redisUrl = await claimRedisDatabase();
  const clock = createClock(options.now);
  const printed: string[] = [];
  const keys = generateKey();
  const backend = rewriting(patientSql(openPostgres(await postgresUrl())), options.rewriteSql);
  const redis = await openRedis(redisUrl);
  const neon = await startNeon({ backend, passwords: PASSWORDS });
  const upstash = await startUpstash({ backend: redis, token: redisToken });
  const issuer = await startIssuer({ audience: "licensing", keyFile: await issuerKeysFile(), now: () => clock.now().getTime() });
  const environment = defined({
    APP_ENV_DATABASE_URL: neon.url(APPLICATION.name, databaseName),
    APP_ENV_UPSTASH_REDIS_REST_URL: upstash.url,
    APP_ENV_UPSTASH_REDIS_REST_TOKEN: redisToken,
    APP_ENV_IDENTITY_JWKS_URL: issuer.jwksUrl,
    APP_ENV_IDENTITY_ISSUER: issuer.issuer,
    APP_ENV_IDENTITY_AUDIENCE: "licensing",
    APP_ENV_IDENTITY_CLIENT_ID: issuer.clientId,
    APP_ENV_LICENSING_ED25519_PRIVATE_KEY: keys.privatePem,
    APP_ENV_APPLICATION_SECRET: "5e".repeat(32),
    APP_ENV_LICENSING_KEY_PEPPER: "the pepper of a test run",
    APP_ENV_LICENSING_KEYRING_SECRET: "4b".repeat(32),
    APP_ENV_LICENSING_KEYRING_DATABASE_URL: neon.url(KEYRING.name, databaseName),
    ...options.environment,
  });
  const runtime = createRuntime({ environment, now: clock.now, print: (line) => printed.push(line), transport: steadyTransport() });
  const ownerTransport = steadyTransport();
  const gateway = await startGateway({ routes, invoke: invokeInProcess(runtime), port: 0 });
  whenDone(async () => {
    await gateway.close();
    runtime.transport.close();
    ownerTransport.close();
    await Promise.all([issuer.close(), neon.close(), upstash.close()]);
    await Promise.all([backend.close(), redis.close()]);
  });
  const owner = createDatabase(neon.url(OWNER.name, databaseName), ownerTransport);
  await rewriteFunctions(owner, options.rewriteSql);
  const token: Service["token"] = (role, subject = role ?? "somebody", org) =>
    issuer.mint({ sub: subject, roles: role === null ? [] : [`licensing-${role}`], ...(org === undefined ? {} : { org }) });
  return {
    origin: gateway.origin,
    runtime,
    environment,
    issuer,
    neon,
    upstash,
    databaseName,
    redisUrl,
    publicPem: keys.publicPem,
    owner,
    clock,
    printed,
    token,
    call: createCall(gateway.origin, () => token("admin")),
  };
}

/** A client of a running service, wherever it runs. */
export function createCall(origin: string, defaultToken: () => Promise<string>): Service["call"] {
  return async (method, path, options = {}) => {
    const authorization = options.authorization === undefined ? `Bearer ${await defaultToken()}` : options.authorization;
    const hasBody = options.body !== undefined;
    const response = await fetch(`${origin}${path}`, {
      method,
      headers: {
        ...(authorization === null ? {} : { authorization }),
        ...(hasBody ? { "content-type": "application/json" } : {}),
        ...options.headers,
      },
      ...(hasBody ? { body: typeof options.body === "string" ? options.body : JSON.stringify(options.body) } : {}),
    });
    const text = await response.text();
    const isJson = (response.headers.get("content-type") ?? "").includes("json");
    return { status: response.status, headers: response.headers, text, body: isJson && text !== "" ? (JSON.parse(text) as unknown) : undefined };
  };
}

function rewriting(backend: SqlBackend, rewrite: ServiceOptions["rewriteSql"]): SqlBackend {
  if (rewrite === undefined) return backend;
  const rewritten = (work: SqlWork): SqlWork => ({
    ...work,
    statements: work.statements.map((statement) => ({ ...statement, query: rewrite(statement.query) })),
  });
  return { ...backend, run: (work) => backend.run(rewritten(work)) };
}

/** Writes each function again whose text `rewrite` changes: the statement that writes it is rewritten on its way. */
async function rewriteFunctions(owner: Database, rewrite: ServiceOptions["rewriteSql"]): Promise<void> {
  if (rewrite === undefined) return;
  const [functions = []] = await owner.read(sql`select pg_get_functiondef(oid) as text from pg_proc where pronamespace = 'licensing'::regnamespace and proname ~ '^(claim|snapshot)_'`);
  for (const text of functions.map((row) => String(row["text"]))) {
    // eslint-disable-next-line no-restricted-syntax -- PostgreSQL itself wrote this text.
    if (rewrite(text) !== text) await owner.write(sql.raw(text));
  }
}

function createClock(start: string | undefined): Clock {
  let fixed = start === undefined ? undefined : new Date(start);
  const now = () => (fixed === undefined ? new Date() : new Date(fixed));
  return {
    now,
    set: (to) => (fixed = to === undefined ? undefined : new Date(to)),
    advance: (seconds) => (fixed = new Date(now().getTime() + seconds * 1000)),
  };
}

function defined(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
