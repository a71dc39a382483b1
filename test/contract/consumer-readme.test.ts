import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { beaconKey, certificateKey } from "@licensing/core/certificate/address.ts";
import { seatDigest } from "@licensing/core/certificate/crypto-node.ts";
import { writeLicenseFile } from "@licensing/core/certificate/license-file.ts";
import { claimsOf } from "@licensing/core/certificate/issue.ts";
import { codeOfReason } from "@licensing/core/consumer/source.ts";
import { sealBeacon, sealCertificate } from "@licensing/core/certificate/seal.ts";
import { openRedis } from "../../infra/local/redis/redis.ts";
import { startUpstash } from "../../infra/local/redis/upstash.ts";
import { license, licenseId, otherKey, secret, signingKey } from "../support/certificate-fixture.ts";
import { startKeySetServer } from "../support/key-set-server.ts";
import { claimRedisDatabase } from "../support/redis-database.ts";
import { patient } from "../support/slowness.ts";
import { beaconOf } from "../unit/consumer-world.ts";
import { createProject } from "./consumer-package-project.ts";
import { attacks, honest, madeUp, serving, somebodyElses, theirMachine, type Sent } from "./consumer-readme-attacks.ts";

const readme = await readFile(new URL("../../core/consumer/README.md", import.meta.url), "utf8");
/** Every code block by its name, which follows its language. */
const blocks = new Map([...readme.matchAll(/^```ts (\S+)\n([\s\S]*?)^```$/gm)].map(([, name = "", code = ""]) => [name, code]));

const redisUrl = await claimRedisDatabase();
const backend = await openRedis(redisUrl);
const upstash = await startUpstash({ backend, token: "readme" });
const redis = new Redis(redisUrl, { protocol: 2 });
const keySet = await startKeySetServer([signingKey.publicJwk]);
const service = await startFileService();
afterAll(async () => {
  service.close();
  redis.disconnect();
  await upstash.close();
  await backend.close();
});

const environment: Record<string, string> = {
  APP_ENV_UPSTASH_REDIS_REST_URL: upstash.url,
  APP_ENV_UPSTASH_REDIS_REST_TOKEN: "readme",
  APP_ENV_LICENSING_ED25519_PUBLIC_KEY: signingKey.publicPem,
  APP_ENV_APPLICATION_SECRET: "11".repeat(32),
  LICENSING_JWKS_URL: keySet.url,
  REDIS_URL: redisUrl,
  LICENSE_KEY: "LIC-1",
  LICENSING_URL: `http://127.0.0.1:${(service.address() as AddressInfo).port}`,
};

/** A service that gives any machine a seat and a file. */
async function startFileService() {
  const asOf = new Date().toISOString();
  const server = createServer((request, response) => {
    let sent = "";
    request.on("data", (chunk) => (sent += String(chunk)));
    request.on("end", () => {
      const { fingerprint } = JSON.parse(sent) as { fingerprint: string };
      const file = writeLicenseFile({ ...claimsNow(), fingerprint: seatDigest(licenseId, fingerprint) }, signingKey);
      const activated = { license: { id: licenseId, holder: license.holder, features: license.features }, activation: { id: "1", leaseUntil: null, lastSeenAt: asOf } };
      response.end(JSON.stringify(request.url?.endsWith("/file") === true ? { file } : activated));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

/** The claims of the license that the README's examples ask for, issued now. */
function claimsNow(status: "ACTIVATED" | "REVOKED" = "ACTIVATED", of = license) {
  const subject = { ...of, fingerprintRequired: false, status, sequence: status === "REVOKED" ? 8 : 7 };
  return claimsOf(subject, { issuer: "licensing", audience: "licensing", jti: "readme", nowMs: Date.now(), ttlSeconds: 3_600 });
}

async function publish(status?: "ACTIVATED" | "REVOKED"): Promise<void> {
  await put(licenseId, sealCertificate(claimsNow(status), { signingKey, secret }));
  const theirs = { ...license, id: somebodyElses, seats: [theirMachine] };
  await put(somebodyElses, sealCertificate(claimsNow("ACTIVATED", theirs), { signingKey, secret }));
  await redis.set(beaconKey, sealBeacon(beaconOf({ iss: "licensing", aud: "licensing" }, Date.now()), signingKey));
}

async function put(id: string, certificate: string): Promise<void> {
  const key = certificateKey(id);
  await redis.del(key);
  await redis.zadd(key, 1, certificate);
}

const project = await createProject();
/**
 * The examples keep the package's deadlines, of a second and more, in which a busy machine may not even start a process. So their
 * timers run sixty times as long: no outcome depends on the machine's speed. None of the examples waits for a timer to end.
 */
const patience = await project.write("patience.mjs", `
  const { setTimeout: inTime } = globalThis;
  const later = (run, ms = 0, ...rest) => inTime(run, Math.min(ms * 60, 2 ** 31 - 1), ...rest);
  globalThis.setTimeout = Object.defineProperties(later, Object.getOwnPropertyDescriptors(inTime));`);
const timeout = patient(180_000);
/** Runs a module beside the examples; returns the JSON that it prints. */
const runExample = async (file: string, changes: Readonly<Record<string, string>> = {}): Promise<unknown> => JSON.parse(await project.node(["--import", patience, file], { ...environment, ...changes }));
beforeAll(async () => {
  for (const [name, code] of blocks) await writeFile(join(project.folder, `${name}.ts`), code);
  environment["LICENSE_FILE"] = await project.write("license.lic", writeLicenseFile(claimsNow(), signingKey));
  environment["LICENSE_STORE"] = join(project.folder, "license-store");
  await publish();
});

/** The exercise of each example: a module that imports it and prints its result. */
const exercises: Readonly<Record<string, { readonly run: string; readonly active: unknown; readonly revoked?: unknown }>> = {
  start: {
    run: `const { gate } = await import("./start.ts"); const { state, code } = await gate.check("${licenseId}"); print({ state, code });`,
    active: { state: "active", code: "VALID" },
    revoked: { state: "denied", code: "REVOKED" },
  },
  ready: {
    run: `const said = []; console.error = (message) => said.push(message); await import("./ready.ts"); print(said);`,
    active: [],
    revoked: [],
  },
  check: {
    run: `print(await import("./check.ts").then(() => "licensed", ({ message }) => message));`,
    active: "licensed",
    revoked: "Not licensed: REVOKED",
  },
  hono: {
    run: `const { app } = await import("./hono.ts"); const answer = await app.request("/"); print([answer.status, await answer.text()]);`,
    active: [200, "licensed to acme"],
    revoked: [403, expect.stringContaining("REVOKED")],
  },
  express: {
    run: `const { app } = await import("./express.ts"); const server = app.listen(0, "127.0.0.1"); await new Promise((done) => server.once("listening", done));
      const answer = await fetch("http://127.0.0.1:" + server.address().port, { headers: { "x-license-id": "${licenseId}", "x-machine": "machine-0001" } });
      print([answer.status, await answer.text()]);`,
    active: [200, "licensed to acme"],
    revoked: [403, expect.stringContaining("REVOKED")],
  },
  fastify: {
    run: `const { app } = await import("./fastify.ts"); const answer = await app.inject("/"); print([answer.statusCode, answer.body]);`,
    active: [200, "licensed to acme"],
    revoked: [403, expect.stringContaining("REVOKED")],
  },
  lambda: {
    run: `const { handler } = await import("./lambda.ts"); const { statusCode, body } = await handler({ headers: { "x-license-id": "${licenseId}", "x-machine": "machine-0001" } }, {}); print([statusCode, body]);`,
    active: [200, "licensed to acme"],
    revoked: [403, expect.stringContaining("REVOKED")],
  },
  features: {
    run: `const { projectsMax } = await import("./features.ts"); print([await projectsMax("${licenseId}", "machine-0001"), await projectsMax("${licenseId}", "machine-0009")]);`,
    active: [25, 0],
    revoked: [0, 0],
  },
  strict: {
    run: `console.warn = () => {}; const { strict, forAnHour } = await import("./strict.ts");
      const answers = [await strict.check("${licenseId}"), await forAnHour.check("${licenseId}")];
      print(answers.map(({ state, allowed, code }) => [state, allowed, code]));`,
    active: [["unknown", false, "UNREACHABLE"], ["unknown", true, "UNREACHABLE"]],
  },
  offline: {
    run: `const { decision } = await import("./offline.ts"); print([decision.state, decision.license.id]);`,
    active: ["active", licenseId],
  },
  desktop: {
    run: `const { decision, license } = await import("./desktop.ts"); print([decision.state, decision.code, license.license.holder.id]);`,
    active: ["active", "VALID", "acme"],
  },
  airgap: {
    run: `const { asked, bring } = await import("./airgap.ts"); const { fingerprint, nonce } = asked;
      const made = await fetch(process.env.LICENSING_URL + "/licenses/${licenseId}/file", { method: "POST", body: JSON.stringify({ fingerprint }) });
      print([nonce.length, (await bring((await made.json()).file)).code]);`,
    active: [22, "VALID"],
  },
  sources: {
    run: `const { redis, byRedis, byService } = await import("./sources.ts"); await redis.connect();
      const { state } = await byRedis.check("${licenseId}"); print([state, byService.checkNow(undefined).code]);`,
    active: ["active", "LICENSE_ID_INVALID"],
    revoked: ["denied", "LICENSE_ID_INVALID"],
  },
  jwks: {
    run: `const { gate } = await import("./jwks.ts"); print((await gate.check("${licenseId}")).code);`,
    active: "VALID",
    revoked: "REVOKED",
  },
  workers: {
    run: `${serving["workers"]} print([await put(${JSON.stringify(honest)}), (await app.request("/", {}, bindings)).status]);`,
    active: [[200], 403],
    revoked: [[403], 403],
  },
  portable: {
    run: `const { gate } = await import("./portable.ts"); print((await gate.check("${licenseId}")).code);`,
    active: "NOT_PUBLISHED",
  },
};

async function exercise(name: string): Promise<unknown> {
  const file = await project.write(`exercise-${name}.mjs`, `
    const print = (value) => { process.stdout.write(JSON.stringify(value), () => process.exit(0)); };
    ${exercises[name]?.run ?? ""}`);
  return runExample(file);
}

describe("the README's examples", { timeout }, () => {
  test("all have a name and an exercise here", () => {
    expect([...blocks.keys()].toSorted()).toEqual(Object.keys(exercises).toSorted());
    expect(readme.match(/^```(?!sh$)\w/gm)).toHaveLength(blocks.size);
  });

  test("the command that reads a key set prints its public keys as PEM", async () => {
    const command = /^node -p .*jwks\.json.*$/m.exec(readme)?.[0] ?? "";
    await writeFile(join(project.folder, "jwks.json"), JSON.stringify({ keys: [signingKey.publicJwk, otherKey.publicJwk] }));
    const printed = execFileSync("sh", ["-c", command], { cwd: project.folder, encoding: "utf8", env: { PATH: `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}` } });
    expect(printed.trim()).toBe(`${signingKey.publicPem.trim()}\n${otherKey.publicPem.trim()}`);
  });

  test("compile under strict options", async () => {
    const options = { module: "nodenext", moduleResolution: "nodenext", types: ["node"], lib: ["ES2023"], skipLibCheck: true, allowImportingTsExtensions: true };
    expect(await project.typeCheck([...blocks.keys()].map((name) => `${name}.ts`), options)).toBe("");
  });

  test("start in at most six lines", () => {
    expect((blocks.get("start") ?? "").split("\n").filter((line) => line !== "").length).toBeLessThanOrEqual(6);
  });

  test.each(Object.entries(exercises))("%s has the documented result", async (name, { active, revoked }) => {
    await publish();
    expect(await exercise(name)).toEqual(active);
    if (revoked === undefined) return;
    await publish("REVOKED");
    expect(await exercise(name)).toEqual(revoked);
  });

  test("(control) the example named start doesn't believe a certificate by another key", async () => {
    const ownKey = environment["APP_ENV_LICENSING_ED25519_PUBLIC_KEY"];
    environment["APP_ENV_LICENSING_ED25519_PUBLIC_KEY"] = otherKey.publicPem;
    await publish();
    expect(await exercise("start")).toEqual({ state: "unknown", code: "KEY_UNKNOWN" });
    environment["APP_ENV_LICENSING_ED25519_PUBLIC_KEY"] = ownKey ?? "";
  });
});

describe.each(Object.keys(serving))("the README's %s example under attack", { timeout }, (name) => {
  const putAll = async (all: readonly Sent[], changes: Readonly<Record<string, string>> = {}): Promise<readonly (readonly number[])[]> => {
    const file = await project.write(`attack-${name}.mjs`, `
      ${serving[name] ?? ""}
      const answers = [];
      for (const sent of ${JSON.stringify(all)}) answers.push(await put(sent));
      process.stdout.write(JSON.stringify(answers), () => process.exit(0));`);
    return (await runExample(file, changes)) as number[][];
  };
  const letIn = (answers: readonly (readonly number[])[]) => attacks.filter((_attack, index) => answers[index]?.some((status) => status < 400) !== false).map((attack) => attack.name);
  const nobody = { APP_ENV_UPSTASH_REDIS_REST_URL: "http://127.0.0.1:1" };

  test("lets its own license in, and refuses a license or machine that is left out, sent twice, blank or another's", async () => {
    await publish();
    const [own = [], ...answers] = await putAll([honest, ...attacks.map(({ sent }) => sent)]);
    expect(new Set(own)).toEqual(new Set([200]));
    expect(letIn(answers)).toEqual([]);
  });

  test("with Redis gone lets a named license through, as onUnknown says, and still refuses requests that name none", async () => {
    const named: Sent = [["x-license-id", madeUp[0]], ["x-machine", "machine-0001"]];
    const unnamed = attacks.filter(({ sent }) => sent.filter(([header]) => header === "x-license-id").length !== 1 || sent.filter(([header]) => header === "x-machine").length !== 1);
    const [own = [], other = [], ...answers] = await putAll([honest, named, ...unnamed.map(({ sent }) => sent)], nobody);
    expect(new Set([...own, ...other])).toEqual(new Set([200]));
    expect(answers.flat().filter((status) => status !== 403)).toEqual([]);
  });

  test("refuses a made-up license, and without a beacon treats it as one that isn't published yet, as onUnknown says", async () => {
    const all = madeUp.map((id): Sent => [["x-license-id", id], ["x-machine", "machine-0001"]]);
    await publish();
    expect(new Set((await putAll(all)).flat())).toEqual(new Set([403]));
    await redis.del(beaconKey);
    expect(new Set((await putAll(all)).flat())).toEqual(new Set([200]));
  });
});

describe("the README's tables", () => {
  const source = (file: string) => readFile(new URL(`../../core/consumer/${file}`, import.meta.url), "utf8");
  const section = (title: string) => new RegExp(`^## ${title}\\n([\\s\\S]*?)(?=^## |$(?![\\s\\S]))`, "m").exec(readme)?.[1] ?? "";

  test("name every code, and no other", async () => {
    const unknown = /export type UnknownCode[\s\S]*?";/.exec(await source("source.ts"))?.[0] ?? "";
    const declared = `${unknown}${/export type ActiveCode[\s\S]*?export type Code\b/.exec(await source("decision.ts"))?.[0] ?? ""}`;
    const codes = [...new Set([...declared.matchAll(/"([A-Z_]+)"/g)].map(([, code]) => code))];
    const told = [...section("Codes").matchAll(/`([A-Z_]{4,})`/g)].map(([, code]) => code);
    expect(told.toSorted()).toEqual(codes.toSorted());
    expect(told).toContain(codeOfReason("signature"));
  });

  test("name the undecided codes that the middlewares answer with 403", async () => {
    const declared = /const permanent\b[^=]*=([^;]*);/.exec(await source("admit.ts"))?.[1] ?? "";
    const codes = [...declared.matchAll(/"([A-Z_]+)"/g)].map(([, code]) => code);
    const told = /but 403 when ([^.]*)\./.exec(section("In a framework"))?.[1] ?? "";
    expect(codes.length).toBeGreaterThan(0);
    expect([...told.matchAll(/`([A-Z_]+)`/g)].map(([, code]) => code).toSorted()).toEqual(codes.toSorted());
  });

  test("name every option, and no other", async () => {
    const declared = /export type GateOptions = \{([\s\S]*?)^\};/m.exec(await source("options.ts"))?.[1] ?? "";
    const options = [...declared.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, name]) => name);
    const rows = [...section("Options").matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell = ""]) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name));
    expect(rows.toSorted()).toEqual(options.toSorted());
  });
});
