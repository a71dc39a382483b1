import { rmSync, mkdtempSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { machineDocument } from "../../infra/local/machine/document.ts";
import type { MachineOptions } from "../../infra/local/machine/machine.ts";
import { startMachine } from "../../infra/local/machine/machine.ts";
import { openSecrets } from "../../infra/local/neon/secrets.ts";
import { cloneDatabase } from "../support/database.ts";
import { claimRedisDatabase } from "../support/redis-database.ts";
import { steadyTransport } from "../support/patient-runtime.ts";
import { APPLICATION, KEYRING, OWNER } from "../support/roles.ts";
import { postgresUrl } from "../support/servers.ts";
import { whenDone } from "../support/when-done.ts";

/** A running service as its users see it: addresses, tokens and a consumer's settings, and nothing of its inside. */
export type Serving = {
  readonly baseUrl: string;
  readonly tokens: Readonly<Record<"admin" | "operator" | "support" | "service" | "auditor", string>>;
  readonly issuer: { readonly tokenUrl: string };
  readonly redis: { readonly url: string; readonly token: string };
  readonly publicKey: string;
  readonly audience: string;
  readonly applicationSecret: string;
};

type How = Pick<MachineOptions, "invoke">;

/** On PGlite and the in-process Redis store, as `npm start` runs. Stopped after the file. */
export function serveEmbedded(how: How = {}): Promise<Serving> {
  return serve({ file: null, ...how });
}

/** On the run's PostgreSQL and Redis. */
export async function serveReal(how: How = {}): Promise<Serving> {
  const database = await cloneDatabase();
  const redisUrl = await claimRedisDatabase();
  const { host } = new URL(await postgresUrl());
  const ownerUrl = `postgres://${OWNER.name}:${encodeURIComponent(OWNER.password)}@${host}/${database}`;
  const folder = mkdtempSync(path.join(os.tmpdir(), "licensing-e2e-"));
  whenDone(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string) => path.join(folder, name);
  // The roles belong to the whole cluster: new passwords would lock the other files out.
  writeFileSync(file("secrets.json"), JSON.stringify({ ...openSecrets(null), applicationPassword: APPLICATION.password, keyringPassword: KEYRING.password }));
  return serve({ file, postgresUrl: ownerUrl, redisUrl, ...how });
}

async function serve(options: MachineOptions): Promise<Serving> {
  const machine = await startMachine({ print: () => undefined, ...options });
  whenDone(() => machine.close());
  // Functions of the sources run in this process.
  Object.assign(machine.runtime.transport, steadyTransport());
  const { baseUrl, tokens, issuer, redis, publicKey, audience } = await machineDocument(machine, []);
  const applicationSecret = machine.environment["APP_ENV_APPLICATION_SECRET"] ?? "";
  return { baseUrl, tokens, issuer, redis: { url: redis.url, token: redis.token ?? "" }, publicKey, audience, applicationSecret };
}
