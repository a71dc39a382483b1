import { createRuntime } from "@licensing/core/platform/runtime.ts";
import type { Runtime } from "@licensing/core/platform/runtime.ts";
import { createDatabase } from "@licensing/core/platform/database.ts";
import { startNeon } from "../../infra/local/neon/neon.ts";
import { openPostgres } from "../../infra/local/neon/postgres.ts";
import { createStore } from "../../infra/local/redis/store.ts";
import { startUpstash } from "../../infra/local/redis/upstash.ts";
import { migrate } from "../../infra/migrate.ts";
import { cloneDatabase } from "../support/database.ts";
import { startKeySetServer } from "../support/key-set-server.ts";
import { APPLICATION, KEYRING, OWNER, PASSWORDS } from "../support/roles.ts";
import { steadyTransport } from "../support/patient-runtime.ts";
import { postgresUrl } from "../support/servers.ts";
import { redisToken } from "../support/service.ts";
import { audience, createTokenKey, issuer, makeToken } from "../support/token-issuer.ts";
import { whenDone } from "../support/when-done.ts";

/**
 * The edge's dependencies, real and on loopback: Postgres with all migrations and seeds behind Neon's protocol, a Redis
 * store behind Upstash's, an identity provider. Time stands still unless the test moves `clock`.
 */
export async function createEdgeWorld() {
  const name = await cloneDatabase();
  const neon = await startNeon({ backend: openPostgres(await postgresUrl()), passwords: PASSWORDS });
  const transport = steadyTransport();
  const owner = createDatabase(neon.url(OWNER.name, name), transport);
  await migrate({ database: owner, folder: "migrations", application: { role: APPLICATION.name, password: APPLICATION.password }, keyring: { role: KEYRING.name, password: KEYRING.password } });
  const clock = { nowMs: Date.UTC(2026, 10, 23, 12) };
  const upstash = await startUpstash({ backend: createStore({ now: () => clock.nowMs }), token: redisToken });
  const key = createTokenKey("edge");
  const keySet = await startKeySetServer([key.publicJwk]);
  const environment: Record<string, string> = {
    APP_ENV_DATABASE_URL: neon.url(APPLICATION.name, name),
    APP_ENV_UPSTASH_REDIS_REST_URL: upstash.url,
    APP_ENV_UPSTASH_REDIS_REST_TOKEN: redisToken,
    APP_ENV_IDENTITY_JWKS_URL: keySet.url,
    APP_ENV_IDENTITY_ISSUER: issuer,
    APP_ENV_IDENTITY_AUDIENCE: audience,
    APP_ENV_LICENSING_KEY_PEPPER: "a pepper for the edge's tests",
    APP_ENV_LICENSING_KEYRING_SECRET: "4b".repeat(32),
    APP_ENV_LICENSING_KEYRING_DATABASE_URL: neon.url(KEYRING.name, name),
  };
  const lines: string[] = [];
  const runtimes: Runtime[] = [];
  whenDone(async () => {
    for (const runtime of runtimes) runtime.transport.close();
    transport.close();
    await Promise.all([neon.close(), upstash.close()]);
  });
  return {
    clock,
    neon,
    upstash,
    keySet,
    owner,
    /** Every log line of every runtime, as text. */
    lines,
    /** A process of its own, which shares only the stores with others. */
    createProcess: (changes: Readonly<Record<string, string | undefined>> = {}): Runtime => {
      const runtime = createRuntime({
        environment: { ...environment, ...changes },
        now: () => new Date(clock.nowMs),
        print: (line) => void lines.push(line),
        transport: steadyTransport(),
      });
      runtimes.push(runtime);
      return runtime;
    },
    bearer: (claims: Readonly<Record<string, unknown>> = {}) => `Bearer ${makeToken(key, clock.nowMs, { claims })}`,
  };
}

export type EdgeWorld = Awaited<ReturnType<typeof createEdgeWorld>>;
