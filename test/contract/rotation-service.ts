import { sql } from "drizzle-orm";
import { verifyCertificate } from "@licensing/core/certificate/certificate.ts";
import { reconcile } from "@licensing/core/publication/reconcile.job.ts";
import { applicationSecrets } from "@licensing/core/keyring/application-secrets.ts";
import { checkKeys } from "@licensing/core/rotation/check-keys.store.ts";
import { compromiseKey } from "@licensing/core/rotation/compromise-key.store.ts";
import { readKeyTable } from "@licensing/core/rotation/key-table.store.ts";
import { generateKey, parsePrivateKeys } from "@licensing/core/keyring/signing-key.ts";
import { publishedJwks } from "@licensing/core/rotation/published-jwks.store.ts";
import type { Moment } from "@licensing/core/commit/decision.ts";
import type { Snapshot } from "@licensing/core/lifecycle/snapshot.sql.ts";
import { perform } from "@licensing/core/lifecycle/perform.store.ts";
import { reinstate, suspend } from "@licensing/core/lifecycle/transitions.ts";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import type { Runtime } from "@licensing/core/platform/runtime.ts";
import { redisOf } from "@licensing/core/platform/redis-client.ts";
import { ProblemError } from "@licensing/core/problem/problem.ts";
import { certificateKey } from "@licensing/core/certificate/address.ts";
import { steadyTransport } from "../support/patient-runtime.ts";
import { insertLicenses } from "../support/licenses.ts";
import type { Certificate, RotationWorld } from "../support/rotation-world.ts";
import type { Service } from "../support/service.ts";

/** The rows of both tables, as JSON. */
type Ring = { readonly keys: string; readonly marks: string };

/** The rotation with real tables, a real Redis, real signatures and the deployed functions. */
export async function createRotationService(service: Service, keysMax: number) {
  const pems = Array.from({ length: keysMax }, () => generateKey().privatePem);
  const keys = pems.flatMap((pem) => parsePrivateKeys(pem));
  const ring = new Map(keys.map((key) => [key.kid, key]));
  const kids = keys.map(({ kid }) => kid);
  const licenses = await insertLicenses(service.owner, { count: 3, now: service.clock.now() });
  const processes = new Map<string, Runtime>();
  const observe = (): Runtime => createRuntime({ environment: service.environment, now: service.clock.now, transport: service.runtime.transport, print: () => undefined });
  /** Reads the ring for the observations; a new process for each sequence, because a process remembers the newest ring. */
  let observer = observe();
  let secret: readonly string[] = [];

  /** A process with this secret, whose clock is off by this much. */
  const processOf = (skewSeconds = 0): Runtime => {
    const name = `${secret.join(" ")} ${skewSeconds}`;
    const known = processes.get(name);
    if (known !== undefined) return known;
    const pem = secret.map((kid) => pems[kids.indexOf(kid)]).join("");
    const environment = { ...service.environment, APP_ENV_LICENSING_ED25519_PRIVATE_KEY: pem === "" ? undefined : pem };
    const now = () => new Date(service.clock.now().getTime() + skewSeconds * 1000);
    const made = createRuntime({ environment, now, print: () => undefined, transport: steadyTransport() });
    processes.set(name, made);
    return made;
  };

  /** The first ring that was tampered with: an earlier one, for later. */
  let first: Ring | undefined;
  const stored = async (): Promise<Ring> => {
    const [found = []] = await service.owner.read(sql`select (select coalesce(jsonb_agg(to_jsonb(k)), '[]') from licensing."SigningKey" k)::text as keys,
      (select coalesce(jsonb_agg(to_jsonb(m)), '[]') from licensing."KeyringMark" m)::text as marks`);
    return { keys: String(found[0]?.["keys"]), marks: String(found[0]?.["marks"]) };
  };

  const held = async (): Promise<ReadonlyMap<string, Certificate>> => {
    const pipeline = redisOf(service.runtime).pipeline();
    for (const license of licenses) pipeline.zrange(certificateKey(license), -1, -1);
    const texts = (await pipeline.exec<string[][]>()).map(([text]) => text);
    return new Map(licenses.flatMap((license, place) => {
      const certificate = read(texts[place], license);
      return certificate === undefined ? [] : [[license, certificate] as const];
    }));
  };

  /** Without a look at its expiry, which only consumers check. */
  const read = (text: string | undefined, licenseId: string): Certificate | undefined => {
    const secrets = applicationSecrets(service.runtime)?.byId ?? new Map();
    const verdict = verifyCertificate(text, { licenseId, ring, secrets, nowMs: 0, skewSeconds: Number.MAX_SAFE_INTEGER });
    if (!verdict.ok) return undefined;
    return { kid: verdict.kid, issuedAt: new Date(verdict.claims.iat * 1000), expiresAt: new Date(verdict.claims.exp * 1000) };
  };

  const world: RotationWorld = {
    now: service.clock.now,
    advance: service.clock.advance,
    secret: () => secret,
    setSecret: (next) => (secret = next),
    check: async (skewSeconds) => void (await checkKeys(processOf(skewSeconds))),
    compromise: async (kid) => {
      try {
        await compromiseKey(processOf(), kid);
        return true;
      } catch (error) {
        if (error instanceof ProblemError && error.problem.code === "key-last-active") return false;
        if (error instanceof ProblemError && error.problem.code === "key-not-found") return true;
        throw error;
      }
    },
    publish: async (license) => {
      const licenseId = licenses[license] ?? "";
      const decide = (snapshot: Snapshot, moment: Moment) =>
        snapshot.license.status === "SUSPENDED" ? reinstate(snapshot, { reason: null }, moment) : suspend(snapshot, { reason: null });
      const caller = { actor: { type: "system", id: "test" }, scope: { kind: "all" } } as const;
      const performed = await perform(processOf(), { caller, requestId: "rotation-test" }, { locator: { by: "id", named: licenseId }, absent: "license-not-found", decide });
      const published = performed.kind === "committed" && performed.publication?.state === "published";
      return published ? (await held()).get(licenseId) : undefined;
    },
    reconcile: async () => {
      const before = await held();
      await reconcile(processOf());
      const after = await held();
      return [...after].filter(([id, { kid, issuedAt }]) => {
        const old = before.get(id);
        return old === undefined || old.kid !== kid || old.issuedAt.getTime() !== issuedAt.getTime();
      }).map(([, certificate]) => certificate);
    },
    tamper: async (how, during) => {
      const put = async ({ keys, marks }: Ring) => {
        await service.owner.write(
          sql`delete from licensing."SigningKey"`,
          sql`delete from licensing."KeyringMark"`,
          sql`insert into licensing."SigningKey" select (jsonb_populate_recordset(null::licensing."SigningKey", ${keys}::jsonb)).*`,
          sql`insert into licensing."KeyringMark" select (jsonb_populate_recordset(null::licensing."KeyringMark", ${marks}::jsonb)).*`,
        );
      };
      const before = await stored();
      first ??= before;
      const isEarlier = first.marks !== before.marks;
      // Without the counter only a process that has seen the newer ring could tell.
      const isKnown = (await redisOf(service.runtime).get("licensing:keyring")) !== null;
      const stranger = sql`insert into licensing."SigningKey" (kid, x, state, created_at) values ('stranger', ${keys[0]?.publicJwk.x ?? ""}, 'pending', now()) on conflict do nothing`;
      switch (how) {
        case "unmarked row":
          await service.owner.write(stranger);
          break;
        case "altered rows":
          await service.owner.write(sql`update licensing."SigningKey" set state = case state when 'active' then 'retiring' when 'compromised' then 'pending' else 'retired' end`);
          break;
        case "removed row":
          await service.owner.write(sql`delete from licensing."SigningKey" where state in ('compromised', 'retiring')`);
          break;
        case "forged mark":
          await service.owner.write(stranger, sql`update licensing."KeyringMark" set ring = replace(ring, 'compromised', 'pending'), mark = md5(mark)`);
          break;
        case "no mark":
          if (isKnown) await service.owner.write(stranger, sql`delete from licensing."KeyringMark"`);
          break;
        case "earlier ring":
          if (isKnown && isEarlier) await put(first);
          break;
        default:
          how satisfies never;
      }
      const published = await publishedJwks(observe()).then((jwks) => new Set(jwks.keys.map(({ kid }) => kid)), () => new Set<string>());
      await during();
      // A refused ring has not been changed meanwhile. From any other a check may have made a step, which stays.
      const isRefused = how === "forged mark" || (isKnown && (how === "no mark" || (how === "earlier ring" && isEarlier)));
      await (isRefused ? put(before) : service.owner.write(sql`delete from licensing."SigningKey" where kid = 'stranger'`));
      return published;
    },
    loseRedis: async () => void (await redisOf(service.runtime).flushdb()),
    states: async () => new Map((await readKeyTable(observer)).keys.map(({ kid, state }) => [kid, state])),
    jwks: async () => new Set((await publishedJwks(observer)).keys.map(({ kid }) => kid)),
    held: async () => [...(await held()).values()],
  };

  return {
    world,
    kids,
    licenses,
    processOf,
    /** Resets everything but the clock. */
    reset: async () => {
      secret = [];
      for (const known of processes.values()) known.transport.close();
      processes.clear();
      first = undefined;
      observer = observe();
      await redisOf(service.runtime).flushdb();
      await service.owner.write(
        sql`delete from licensing."SigningKey"`,
        sql`delete from licensing."KeyringMark"`,
        sql`delete from licensing."KeyCheck"`,
        sql`update licensing."CertificateDue" set kid = null, lease = null, due_at = ${service.clock.now().toISOString()}::timestamptz`,
      );
    },
    close: () => processes.forEach((known) => known.transport.close()),
  };
}
