import { execFile } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { parseEnv, promisify } from "node:util";
import { sql } from "drizzle-orm";
import { beforeAll, expect, test, vi } from "vitest";
import { createDatabase } from "@licensing/core/platform/database.ts";
import { createTransport } from "@licensing/core/platform/transport.ts";
import { base, createCall } from "../support/service.ts";
import { patient } from "../support/slowness.ts";
import type { StartDocument, Started } from "./started.ts";
import { dataFolder, descendants, isRunning, migrateProgram, startByNpm, startProgram } from "./started.ts";

/** `npm start` as its users see it: a process, its line of JSON, its signals, its folder. */
const quiet = ["--json", "--quiet-walk", "--port", "0"] as const;
const msMax = patient(300_000);
const root = path.join(import.meta.dirname, "../..");

/** A start costs seconds: the tests that change nothing ask this one. Others begin with a copy of its folder, for which it is stopped. */
const used = dataFolder();
let running: Started;
let document: StartDocument;
beforeAll(async () => {
  running = startProgram(...quiet, "--data", used);
  document = await running.document;
}, msMax);

/** Ports below those that the system gives out, so that nobody takes one between two starts, and above 10080, which `fetch` refuses. */
async function ownPorts(): Promise<Readonly<Record<string, number>>> {
  const isFree = (port: number) => new Promise<boolean>((resolve) => {
    const server = createServer().once("error", () => resolve(false)).listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
  const ports: Record<string, number> = {};
  for (const endpoint of ["gateway", "sql", "redis", "issuer"]) {
    do ports[endpoint] = randomInt(11_000, 30_000);
    while (!(await isFree(ports[endpoint])) || new Set(Object.values(ports)).size < Object.keys(ports).length);
  }
  return ports;
}

/** A copy with ports of its own. */
async function usedFolder(): Promise<string> {
  await running.signal("SIGTERM");
  const folder = dataFolder();
  cpSync(used, folder, { recursive: true });
  writeFileSync(path.join(folder, "ports.json"), JSON.stringify(await ownPorts()));
  return folder;
}

const clientOf = ({ baseUrl, tokens }: StartDocument) => createCall(baseUrl, () => Promise.resolve(tokens.admin));

async function createPolicy(document: StartDocument): Promise<string> {
  const code = `kept-${randomBytes(4).toString("hex")}`;
  const answer = await clientOf(document)("POST", `${base}/policies`, { body: { code, name: "Kept" } });
  expect(answer.status, answer.text).toBe(201);
  return code;
}

/** Opens each kind of page that the identity provider shows; its library writes notices of its own by default. */
async function visitProvider({ baseUrl, issuer, console: page }: StartDocument): Promise<void> {
  const config = (await (await fetch(`${baseUrl}${base}/console/config`)).json()) as { readonly issuer: string; readonly clientId: string };
  expect(config).toMatchObject({ issuer: issuer.url, clientId: "licensing-console" });
  const discovered = (await (await fetch(`${config.issuer}/.well-known/openid-configuration`)).json()) as Readonly<Record<string, string>>;
  const asked = new URLSearchParams({ client_id: config.clientId, redirect_uri: page, response_type: "code", scope: "openid", code_challenge: "x".repeat(43), code_challenge_method: "S256" });
  const login = await fetch(`${discovered["authorization_endpoint"] ?? ""}?${asked.toString()}`, { redirect: "manual" });
  expect(login.headers.get("location")).toMatch(/^\/login\//);
  const form = (body: Readonly<Record<string, string>>) => ({ method: "POST", body: new URLSearchParams({ client_id: config.clientId, ...body }) });
  expect((await fetch(discovered["device_authorization_endpoint"] ?? "", form({}))).status).toBe(200);
  expect((await fetch(discovered["revocation_endpoint"] ?? "", form({ token: "none" }))).status).toBe(200);
  for (const name of ["/device", "/logout", "/nothing", "/authorize"]) expect((await fetch(`${issuer.url}${name}`)).status).toBeLessThan(500);
}

test("the document is complete for a program, and standard output has nothing else", async () => {
  expect(document.steps).toEqual([]);
  const call = clientOf(document);
  expect((await call("GET", "/readyz", { authorization: null })).body).toMatchObject({ status: "pass" });
  for (const token of Object.values(document.tokens)) {
    expect((await call("GET", `${base}/licenses`, { authorization: `Bearer ${token}` })).status).toBe(200);
  }
  const minted = await call("POST", new URL(document.issuer.tokenUrl).pathname, { body: {} });
  expect(minted.status).toBe(404);
  const response = await fetch(document.issuer.tokenUrl, { method: "POST", body: JSON.stringify({ sub: "ada", org: "acme", expiresIn: 60 }) });
  const { token } = (await response.json()) as { token: string };
  expect((await call("GET", `${base}/licenses`, { authorization: `Bearer ${token}` })).body).toMatchObject({ data: [] });
  await visitProvider(document);
  const ping = await fetch(document.redis.url, { method: "POST", headers: { authorization: `Bearer ${document.redis.token}` }, body: '["PING"]' });
  expect(await ping.json()).toEqual({ result: "PONG" });
  const transport = createTransport();
  const [rows] = await createDatabase(document.database.url, transport).read(sql`select count(*)::int as policies from licensing."Policy"`);
  transport.close();
  expect(rows?.[0]?.["policies"]).toBeGreaterThanOrEqual(1);
  expect(running.said().stdout.trim().split("\n")).toHaveLength(1);
  expect(running.said().stderr).not.toContain("oidc-provider");
}, msMax);

test("the commands for keys and the audit trail work with the settings file of this machine's service", async () => {
  // The file as a shell reads it.
  const command = (script: string) => promisify(execFile)("bash", ["-c", `set -a; . "$0"; exec "$1" ${script}`, path.join(used, "service.env"), process.execPath], { cwd: root });
  expect(JSON.parse((await command("infra/keys.ts status --json")).stdout)).toMatchObject({ data: [{ state: "active" }] });
  expect(JSON.parse((await command("core/cli/licensing.mjs audit --offline --json")).stdout)).toMatchObject({ state: "intact" });
}, msMax);

test.each(["SIGTERM", "SIGINT"] as const)("%s stops it cleanly, and only the data folder stays", async (signal) => {
  const folder = signal === "SIGTERM" ? used : await usedFolder();
  const started = signal === "SIGTERM" ? running : startProgram(...quiet, "--data", folder);
  const { baseUrl } = await started.document;
  const children = descendants(started.pid);
  expect(await started.signal(signal)).toBe(0);
  expect(started.said().stdout.trim().split("\n")).toHaveLength(1);
  expect(children.filter(isRunning)).toEqual([]);
  await expect(fetch(`${baseUrl}/healthz`)).rejects.toThrow();
  expect(readdirSync(folder).filter((name) => name.startsWith("lock"))).toEqual([]);
}, msMax);

test("one folder keeps its data from start to start, serves one process at a time, and is emptied by --reset alone", async () => {
  const folder = await usedFolder();
  const first = startProgram(...quiet, "--data", folder);
  const before = await first.document;
  const code = await createPolicy(before);
  const issued = await clientOf(before)("POST", `${base}/licenses`, { body: { policy: code, holder: { type: "user", id: "ada" } } });

  const second = startProgram(...quiet, "--data", folder);
  expect(await second.exit).toBe(2);
  expect(second.said().stderr).toContain(`in use by process ${first.pid}`);
  expect(second.said().stdout).toBe("");
  expect((await fetch(`${before.baseUrl}/healthz`)).status).toBe(200);
  expect(await first.signal("SIGTERM")).toBe(0);

  const again = startProgram(...quiet, "--data", folder);
  const after = await again.document;
  const call = clientOf(after);
  const validated = await call("POST", `${base}/licenses/validate`, { body: {}, authorization: `License ${issued.body.key}` });
  expect(validated.body).toMatchObject({ valid: true, license: { id: issued.body.license.id, policy: code } });
  expect([after.publicKey, after.redis, after.issuer]).toEqual([before.publicKey, before.redis, before.issuer]);
  expect(new URL(after.database.url).port).toBe(new URL(before.database.url).port);
  expect((await call("GET", `${base}/licenses`, { authorization: `Bearer ${before.tokens.auditor}` })).status).toBe(200);
  const certificate = await call("GET", `${base}/licenses/${issued.body.license.id}/certificate`);
  expect(certificate.status).toBe(200);
  expect(await again.signal("SIGTERM")).toBe(0);

  const emptied = startProgram(...quiet, "--data", folder, "--reset");
  const { body } = await clientOf(await emptied.document)("GET", `${base}/policies`);
  expect(body.data.map((policy: { code: string }) => policy.code)).toEqual(["free-trial"]);
  expect(await emptied.signal("SIGTERM")).toBe(0);
}, msMax);

test("answered changes survive a killed process", async () => {
  const folder = await usedFolder();
  const first = startProgram(...quiet, "--data", folder);
  const code = await createPolicy(await first.document);
  expect(await first.signal("SIGKILL")).toBe("SIGKILL");
  const second = startProgram(...quiet, "--data", folder);
  const { body } = await clientOf(await second.document)("GET", `${base}/policies`);
  expect(body.data.map((policy: { code: string }) => policy.code)).toContain(code);
  expect(await second.signal("SIGTERM")).toBe(0);
}, msMax);

test("--once walks through the main job, reports each step's result, and exits 0", async () => {
  const started = startProgram("--json", "--once", "--port", "0", "--data", await usedFolder());
  const { steps } = await started.document;
  expect(await started.exit).toBe(0);
  expect(steps.length).toBeGreaterThan(5);
  expect(steps.filter((step) => !step.ok)).toEqual([]);
}, msMax);

test.each([
  [["--nothing-like-it"], "--nothing-like-it"],
  [["--port", "70000"], "--port: takes a port"],
  [["--postgres", "mysql://x"], "--postgres: takes a URL that begins with postgres:// or postgresql://"],
])("a wrong option (%j) is an error that names it, with the usage", async (options, named) => {
  const started = startProgram(...options, "--data", dataFolder());
  expect(await started.exit).toBe(2);
  expect(started.said().stderr).toContain(named);
  expect(started.said().stderr).toContain("npm start -- [--once]");
}, msMax);

test("a taken port is reported before anything is bundled or made", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => taken.once("listening", resolve));
  const { port } = taken.address() as AddressInfo;
  const folder = dataFolder();
  const refused = startByNpm("--json", "--quiet-walk", "--port", String(port), "--data", folder);
  expect(await refused.exit).toBe(2);
  expect(refused.said().stderr).toBe(`Port ${port} on 127.0.0.1 is in use. Stop its process, or name another port with --port (0: any free one).\n`);
  taken.close();
  expect(existsSync(folder)).toBe(false);
}, msMax);

test("npm start -- --help shows the options at once, and starts nothing", async () => {
  const helped = startByNpm("--help");
  expect(await helped.exit).toBe(0);
  expect(helped.said().stdout).toMatch(/^npm start -- \[--once\][^]*--port N[^]*--help/);
  expect(helped.said().stderr).toBe("");
}, msMax);

const damageable = ["secrets.json", "issuer-key.json", "postgres/PG_VERSION"] as const;
test.each(damageable)("a damaged %s is explained in a sentence", async (name) => {
  const folder = await usedFolder();
  writeFileSync(path.join(folder, name), "{");
  const refused = startProgram(...quiet, "--data", folder);
  expect(await refused.exit).toBe(2);
  const [last = ""] = refused.said().stderr.trim().split("\n").slice(-1);
  expect(last).toMatch(/can't be read: it is damaged, or of another version\. Put a copy back, or start over with --reset, which empties the data folder\.$/);
  expect(refused.said().stderr).not.toMatch(/^ +at /m);
}, msMax);

test("--reset starts over, whatever is damaged", async () => {
  const folder = await usedFolder();
  for (const name of damageable) writeFileSync(path.join(folder, name), "{");
  const emptied = startProgram(...quiet, "--data", folder, "--reset");
  await emptied.document;
  expect(await emptied.signal("SIGTERM")).toBe(0);
}, msMax);

test("a migration opens no gateway port, serves nothing, and names the applied files, or none", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => taken.once("listening", resolve));
  const { port } = taken.address() as AddressInfo;
  const folder = dataFolder();
  const files = readdirSync(path.join(import.meta.dirname, "../../migrations")).flatMap((name) => /^(\d{4}_.*)\.sql$/.exec(name)?.[1] ?? []);
  const first = migrateProgram(["--port", String(port), "--data", folder]);
  expect(await first.exit, first.said().stderr).toBe(0);
  expect(first.said().stderr).toContain(`migrations applied: ${files.toSorted().join(", ")}; seeds: `);
  const second = migrateProgram(["--port", String(port), "--data", folder]);
  expect(await second.exit).toBe(0);
  expect(second.said().stderr).toContain("migrations applied: none were due; seeds: ");
  taken.close();
  expect(readdirSync(folder).filter((name) => name.startsWith("lock") || name.endsWith(".log"))).toEqual([]);
}, msMax);

test("a migration of this machine's database refuses an option that it would ignore, and makes nothing", async () => {
  const folder = dataFolder();
  const refused = migrateProgram(["--lock", "--data", folder]);
  expect(await refused.exit).toBe(2);
  expect(refused.said().stderr).toContain("--lock: has no effect on this machine's database");
  expect(existsSync(folder)).toBe(false);
}, msMax);

test("a migration of a database elsewhere never takes this machine's in its place", async () => {
  const folder = dataFolder();
  const refused = migrateProgram(["--data", folder], { APP_ENV_MIGRATION_DATABASE_URL: "postgres://owner:secret-of-the-owner@127.0.0.1:1/none" });
  expect(await refused.exit).toBe(2);
  expect(refused.said().stderr).toContain("database: unavailable");
  expect(refused.said().stderr).not.toContain("secret-of-the-owner");
  expect(existsSync(folder)).toBe(false);
}, msMax);

test("a consumer's settings are in a file that its owner alone may read, and are printed nowhere", async () => {
  await running.signal("SIGTERM");
  const { redis, publicKey } = document;
  const file = path.join(used, "consumer.env");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const values = parseEnv(readFileSync(file, "utf8"));
  expect(values).toMatchObject({
    APP_ENV_UPSTASH_REDIS_REST_URL: redis.url,
    APP_ENV_UPSTASH_REDIS_REST_TOKEN: redis.token,
    APP_ENV_LICENSING_ED25519_PUBLIC_KEY: publicKey.trimEnd(),
  });
  const { APP_ENV_APPLICATION_SECRET: secret = "" } = values;
  expect(Buffer.from(secret, "base64")).toHaveLength(32);
  expect(statSync(path.join(used, "service.env")).mode & 0o777).toBe(0o600);
  expect(running.said().stdout + running.said().stderr).not.toContain(secret);
}, msMax);

test("npm start serves from bundles, walks through the main job, and leaves no process behind", async () => {
  const started = startByNpm("--json", "--bundled", "--port", "0", "--data", dataFolder());
  const document = await started.document;
  expect(document.steps.filter((step) => !step.ok)).toEqual([]);
  expect(started.said().stdout.trim().split("\n")).toHaveLength(1);
  const processes = descendants(started.pid);
  expect(processes.length).toBeGreaterThan(2);
  await started.signal("SIGTERM");
  await vi.waitFor(() => expect(processes.filter(isRunning)).toEqual([]), patient(20_000));
}, msMax);
