import { createPublicKey } from "node:crypto";
import type { JsonWebKey } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import pg from "pg";
import { basePath } from "@licensing/core/http/address.ts";
import { generateKey } from "@licensing/core/keyring/signing-key.ts";
import type { RedisCommand } from "../../infra/local/redis/redis-backend.ts";
import { initialize } from "../support/postgres.ts";
import { decideAll, readAnswers } from "./answers.ts";
import type { ConsumerPackage, OnUnknown, Recorded } from "./answers.ts";
import { fillEarly, fillLate } from "./fill.ts";
import type { Filled, Filling } from "./fill.ts";
import { fixtures, formerCommit, ownerPassword, packFile, packFolder, placeOf, serveCluster } from "./fixture.ts";
import type { FixtureName } from "./fixture.ts";
import { bundleConsumer, bundleService, checkOut, during } from "./former.ts";
import type { Service, World } from "./former.ts";

/**
 * Makes the fixtures of the upgrade anew: `node test/upgrade/make.ts [checkout]`. It takes the former commit from the repository,
 * installs and builds it (or uses a checkout in which that was done), starts its service on a data folder and on a cluster, lets forty
 * days pass by its clock, fills it over HTTP, and keeps what it answered, its stores, its consumer package and its functions.
 */
async function main(given: string | undefined): Promise<void> {
  mkdirSync(fixtures, { recursive: true });
  const work = mkdtempSync(path.join(tmpdir(), "licensing-former-"));
  try {
    const checkout = given ?? checkOut(work);
    const consumer = path.join(work, "former-consumer.mjs");
    writeFileSync(consumer, await bundleConsumer(checkout));
    packFile(readFileSync(consumer), "former-consumer.mjs");
    packFile(await bundleService(checkout), "former-service.mjs");
    for (const name of ["data-folder", "cluster"] as const) await makeFixture(name, { checkout, consumer });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

type Making = { readonly checkout: string; readonly consumer: string };

/** Lets a vendor's forty days pass: keys rotate, licenses run out, and shortly before the end all that is new happens. */
async function makeFixture(name: FixtureName, { checkout, consumer }: Making): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), "licensing-former-"));
  // A data folder may hold nothing else while it is in use.
  const beside = mkdtempSync(path.join(tmpdir(), "licensing-former-"));
  const cluster = name === "cluster" ? await makeCluster(beside) : undefined;
  const world: World = { checkout, folder, postgresUrl: cluster?.url };
  const filled: Filled[] = [];
  await during(world, -40 * day, ({ call, now }) => fillEarly({ call, now, filled, sent: [] }));
  await rotateKeys(world);
  const recorded = await during(world, -hour, async (service) => {
    const filling: Filling = { ...service, filled, sent: [] };
    await fillLate(filling);
    await settled();
    return record({ folder, consumer }, service, filling);
  });
  await cluster?.stop();
  if (cluster !== undefined) renameSync(path.join(beside, "cluster"), path.join(folder, "cluster"));
  packFile(Buffer.from(`${JSON.stringify(recorded, null, 1)}\n`), `${name}.json`);
  for (const file of ["consumer.env", "service.env", "service.log"]) rmSync(path.join(folder, file), { force: true });
  packFolder(folder, name);
  for (const made of [folder, beside]) rmSync(made, { recursive: true, force: true });
}

async function makeCluster(folder: string): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const place = placeOf(folder);
  initialize(place, ["--wal-segsize=1"]);
  const served = await serveCluster(place);
  const superuser = new URL(served.url);
  Object.assign(superuser, { username: "postgres", password: "postgres" });
  const client = new pg.Client({ connectionString: superuser.href });
  await client.connect();
  await client.query(`CREATE ROLE licensing_owner LOGIN CREATEROLE CREATEDB BYPASSRLS PASSWORD '${ownerPassword}'`);
  await client.query("ALTER DATABASE postgres OWNER TO licensing_owner");
  await client.end();
  return served;
}

const hour = 3_600_000;
const day = 24 * hour;

/**
 * Four rotations, by which the ring has a key in each state: the first key is retired, the second compromised, the third retiring,
 * the fourth active, the fifth pending. A pending key becomes active after an hour, at the next check.
 */
async function rotateKeys(world: World): Promise<void> {
  const check = ({ call }: Service) => call("POST", `${basePath}/keys/check`, { body: {} });
  const steps: readonly { readonly at: number; readonly adds?: true; readonly then?: (service: Service) => Promise<unknown> }[] = [
    { at: -39 * day, adds: true },
    { at: -39 * day + 2 * hour },
    // By now every certificate was made anew by the second key.
    { at: -37 * day, then: async (service) => {
      await settled();
      await check(service);
    } },
    { at: -36 * day, adds: true },
    { at: -36 * day + 2 * hour, then: compromise },
    { at: -5 * hour, adds: true },
    { at: -3 * hour },
    { at: -2 * hour, adds: true },
  ];
  for (const { at, adds, then = () => Promise.resolve() } of steps) {
    if (adds) addKey(world);
    await during(world, at, async (service) => {
      await check(service);
      await then(service);
    });
  }
}

async function compromise({ call }: Service): Promise<void> {
  const { body } = await call("GET", `${basePath}/keys`);
  const second = (body.data as { kid: string; state: string }[]).find(({ state }) => state === "retiring");
  if (second === undefined) throw new Error("no key is retiring");
  await call("POST", `${basePath}/keys/${second.kid}/compromise`, { body: {} });
}

function addKey({ folder }: World): void {
  const file = path.join(folder, "secrets.json");
  const secrets = JSON.parse(readFileSync(file, "utf8")) as { signingKeyPem: string };
  writeFileSync(file, JSON.stringify({ ...secrets, signingKeyPem: `${secrets.signingKeyPem}${generateKey().privatePem}` }));
}

/** Long enough for a sweep and a run of the reconciler, which come sixty times as often. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 8_000));
}

async function record({ folder, consumer: file }: { readonly folder: string; readonly consumer: string }, { redis, now }: Service, { call, filled, sent }: Filling): Promise<Recorded> {
  const at = now().toISOString();
  const answers = await readAnswers(call, filled);
  const { applicationSecret } = JSON.parse(readFileSync(path.join(folder, "secrets.json"), "utf8")) as { applicationSecret: string };
  const consumer = (await import(pathToFileURL(file).href)) as ConsumerPackage;
  const publicKeys = answers.published.map(pemOf).join("");
  const decide = (onUnknown: OnUnknown) => decideAll({ consumer, redis, publicKeys, applicationSecret, at, onUnknown }, answers.licenses);
  const decisions = { allow: await decide("allow"), deny: await decide("deny") };
  return { commit: formerCommit, at, filled, sent, publicKeys, redis: await certificatesIn(redis), decisions, answers };
}

function pemOf(key: JsonWebKey): string {
  return createPublicKey({ key, format: "jwk" }).export({ type: "spki", format: "pem" }).toString();
}

/** The commands that put the certificates, and the sentinel beside them, into another Redis. */
async function certificatesIn({ url, token }: Service["redis"]): Promise<RedisCommand[]> {
  const ask = async (...command: readonly string[]): Promise<unknown> => {
    const response = await fetch(url, { method: "POST", headers: { authorization: `Bearer ${token}` }, body: JSON.stringify(command) });
    return ((await response.json()) as { readonly result: unknown }).result;
  };
  const commands: RedisCommand[] = [];
  for (const key of (await ask("KEYS", "licensing:certificate:*")) as string[]) {
    if (key.endsWith("sentinel")) commands.push(["SET", key, (await ask("GET", key)) as string]);
    else {
      const [member = "", score = ""] = (await ask("ZRANGE", key, "0", "0", "REV", "WITHSCORES")) as string[];
      commands.push(["ZADD", key, score, member]);
    }
  }
  return commands;
}

await main(process.argv[2]);
