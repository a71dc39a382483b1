import { sql } from "drizzle-orm";
import journal from "../../migrations/meta/_journal.json" with { type: "json" };
import { requireTokenKeys } from "../access/jwks.store.ts";
import type { Runtime } from "../platform/runtime.ts";
import { redisOf } from "../platform/redis-client.ts";
import { applicationSecrets } from "../keyring/application-secrets.ts";
import type { VerifyKey } from "../keyring/verify-key.ts";
import { probeSigning } from "./probe.ts";
import { signingKey } from "../keyring/signing-keys.store.ts";
import { readMarkedRing } from "../keyring/marked-ring.store.ts";
import { forgetTrustedKeys, markedSigner, trustedKeys } from "../keyring/trusted-keys.store.ts";

type Part = { readonly status: "pass" | "fail"; readonly output?: string };
export type Readiness = { readonly status: "pass" | "fail"; readonly checks: Readonly<Record<string, readonly [Part]>> };

/**
 * Whether the service can do its work, part by part (draft-inadarei-api-health-check). Failures are named in this service's own
 * words, and never show a setting or a dependency's answer.
 */
export async function readiness(runtime: Runtime): Promise<Readiness> {
  const [database, redis, identity] = await Promise.all([databaseParts(runtime), redisPart(runtime), identityPart(runtime)]);
  const parts: Record<string, Part> = {
    database: database.reachable,
    migrations: database.migrations,
    redis,
    "signing-key": database.reachable === pass ? await signingPart(runtime, database.activeKid) : unknown,
    "application-secret": secretPart(runtime),
    jwks: identity,
  };
  const status = Object.values(parts).every((part) => part.status === "pass") ? "pass" : "fail";
  return { status, checks: Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, [part] as const])) };
}

const pass: Part = { status: "pass" };
const fail = (output: string): Part => ({ status: "fail", output });
const unknown = fail("Unknown: the database does not answer.");

type DatabaseParts = { readonly reachable: Part; readonly migrations: Part; readonly activeKid: string | null };

async function databaseParts(runtime: Runtime): Promise<DatabaseParts> {
  try {
    await runtime.database.read(sql`select 1`);
  } catch {
    const output = fail("The database does not answer.");
    return { reachable: output, migrations: unknown, activeKid: null };
  }
  try {
    const [rows = []] = await runtime.database.read(sql`select (select kid from licensing."SigningKey" where state = 'active') as kid,
      (select count(*)::int from drizzle.__drizzle_migrations where created_at = any (select jsonb_array_elements_text(${JSON.stringify(expectedAt)}::jsonb)::bigint)) as migrations`);
    const applied = Number(rows[0]?.["migrations"]);
    const activeKid = (rows[0]?.["kid"] as string | null | undefined) ?? null;
    const behind = applied < expectedAt.length;
    return { reachable: pass, migrations: behind ? fail("Migrations have not been run.") : pass, activeKid };
  } catch {
    return { reachable: pass, migrations: fail("Migrations have not been run."), activeKid: null };
  }
}

/** The migrations that this code relies on, by the journal's times: all but those that run only on demand. */
export const expectedAt: readonly number[] = journal.entries.filter(({ tag }) => !tag.slice(4).startsWith("_later_")).map(({ when }) => when);

async function redisPart(runtime: Runtime): Promise<Part> {
  try {
    await redisOf(runtime).ping();
    return pass;
  } catch {
    return fail("Redis does not answer.");
  }
}

async function identityPart(runtime: Runtime): Promise<Part> {
  try {
    await requireTokenKeys(runtime);
    return pass;
  } catch {
    return fail("The callers' keys (JWKS) can't be read.");
  }
}

async function signingPart(runtime: Runtime, activeKid: string | null): Promise<Part> {
  try {
    const { fault } = await readMarkedRing(runtime);
    if (fault !== undefined) return fail(fault === "secret-missing" ? "Keyring secret not configured" : "The key ring is refused: its mark isn't this service's newest.");
    const key = await signingKey(runtime, await markedSigner(runtime, activeKid));
    const secrets = applicationSecrets(runtime);
    if (key === undefined) return fail("Ed25519 private key not configured");
    if (secrets === undefined) return pass;
    const refusal = probeSigning({ key, secrets, ring: await ringWith(runtime, key.kid) }, runtime.now());
    return refusal === undefined ? pass : fail("Certificates by the signing key can't be verified.");
  } catch {
    return fail("The signing key can't be read.");
  }
}

/** The published keys; read again if the cached ones lack the key that signs. */
async function ringWith(runtime: Runtime, kid: string): Promise<ReadonlyMap<string, VerifyKey>> {
  const { ring } = await trustedKeys(runtime);
  if (ring.has(kid)) return ring;
  forgetTrustedKeys(runtime);
  return (await trustedKeys(runtime)).ring;
}

function secretPart(runtime: Runtime): Part {
  return applicationSecrets(runtime) === undefined ? fail("Application secret not configured") : pass;
}
