import { generateKeyPairSync, sign } from "node:crypto";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Readable } from "node:stream";
import { text as readAll } from "node:stream/consumers";
import { promisify } from "node:util";
import { Webhook } from "standardwebhooks";
import { beforeAll, describe, expect, test } from "vitest";
import { createClient } from "@licensing/core/client/client.ts";
import { groups } from "@licensing/core/cli/commands.ts";
import type { World } from "@licensing/core/cli/world.ts";
import { writeRequest } from "@licensing/core/consumer/license-request.ts";
import { summarize } from "@licensing/core/statistics/summarize.job.ts";
import { deliverWebhooks } from "@licensing/core/webhook/deliver.job.ts";
import { generateKey } from "@licensing/core/keyring/signing-key.ts";
import { describeOn } from "../support/platforms.ts";
import { startService } from "../support/service.ts";
import { whenDone } from "../support/when-done.ts";
import { commandLine } from "./command-line.ts";
import type { Ran } from "./command-line.ts";
import { createProject, judged, thirdParties } from "./consumer-package-project.ts";
import type { Project } from "./consumer-package-project.ts";

/** The command line's rarer commands against the service, and what its start and its completions load. */
const service = await startService();
const folder = mkdtempSync(path.join(tmpdir(), "licensing-cli-"));
whenDone(() => rmSync(folder, { recursive: true, force: true }));
const environment = { LICENSING_URL: service.origin, LICENSING_TOKEN: await service.token("admin"), LICENSING_CONFIG: path.join(folder, "profiles.json") };
const admin = createClient({ url: service.origin, credentials: () => ({ token: environment.LICENSING_TOKEN }) });

const { licensing, done } = commandLine(environment);

await admin.policies.create({ code: "pro", name: "Pro", duration: "P1Y", activationLimit: 3, meters: { pages: { limit: 600 } }, fileLifetime: "P30D" });
const issued = async (id: string) => (await admin.licenses.issue({ policy: "pro", holder: { type: "user", id } })).license.id;

/** Starts `webhooks listen` and resolves when it listens, with what it said. */
async function listening(words: readonly string[], more: Partial<World> = {}) {
  const { promise, resolve } = Promise.withResolvers<string>();
  const ran = licensing(["webhooks", "listen", ...words], { err: (text) => text.startsWith("Listening") && resolve(text), ...more });
  const said = await Promise.race([promise, ran.then(({ code }) => Promise.reject(new Error(`it ended with ${code}`)))]);
  const [, url = "", id = ""] = /at (\S+)(?: for the webhook ([0-9]+))?/.exec(said) ?? [];
  return { url, id, ran };
}

/** The command line's own start, in a process of its own. */
const program = path.join(import.meta.dirname, "../../core/cli/licensing.ts");

type Line = { readonly id: string; readonly verified: boolean; readonly reason?: string; readonly body: { readonly type: string; readonly data: { readonly event?: { readonly sequence: number } } } };
const linesOf = ({ out }: Ran) => out.trim().split("\n").map((line) => JSON.parse(line) as Line);

test("a search that finds more than the service shows says so, and how to list them all", async () => {
  for (let n = 0; n < 21; n += 1) await issued(`found-${n}@many.example`);
  const { out, err } = await licensing(["find", "many.example"]);
  expect(JSON.parse(out)).toHaveLength(20);
  expect(err).toContain("These are the best 20, and there may be more.");
  expect((await done("api", "licenses", "list", "--query", "search=many.example", "--all")).out.trim().split("\n")).toHaveLength(21);
  expect((await licensing(["show", "many.example"])).err).toContain("at least 20");
});

describe("webhooks", () => {
  test("listen adds a webhook for its port, verifies and prints each delivery, also a replayed one, and deletes it at its end", async () => {
    const begun = new Date().toISOString();
    const { id, ran } = await listening(["--count", "4"]);
    let isOver = false;
    void ran.then(() => (isOver = true));
    await done("webhooks", "test", id);
    await deliverWebhooks(service.runtime);
    const licenseId = await issued("hooked");
    await admin.licenses.suspend(licenseId);
    await deliverWebhooks(service.runtime);
    expect((await done("webhooks", "deliveries", id, "--state", "delivered")).json).toHaveLength(3);
    expect((await done("webhooks", "list")).json).toMatchObject([{ id, enabled: true }]);
    expect((await done("webhooks", "replay", id, "--after", begun, "--type", "license.suspended")).json).toEqual({ count: 1 });
    for (let runs = 0; runs < 50 && !isOver; runs += 1) await deliverWebhooks(service.runtime);
    const ended = await ran;
    const lines = linesOf(ended);
    expect([ended.code, lines.map(({ verified, body }) => [body.type, body.data.event?.sequence, verified])]).toEqual([0, [
      ["webhook.test", undefined, true], ["license.created", 1, true], ["license.suspended", 2, true], ["license.suspended", 2, true],
    ]]);
    expect(lines[3]?.id).toBe(lines[2]?.id);
    expect((await done("webhooks", "list")).json).toEqual([]);
  });

  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("listen deletes its webhook when it ends by %s", async (signal) => {
    const child = spawn(process.execPath, [program, "webhooks", "listen"], { env: { ...environment, HOME: folder }, stdio: ["ignore", "ignore", "pipe"] });
    const ended = once(child, "exit");
    await new Promise<void>((resolve) => void child.stderr.setEncoding("utf8").on("data", (text: string) => text.includes("Listening") && resolve()));
    expect((await done("webhooks", "list")).json).toHaveLength(1);
    child.kill(signal);
    expect(await ended).toEqual([130, null]);
    expect((await done("webhooks", "list")).json).toEqual([]);
  });

  test("listen deletes its webhook when the reader of its output has seen enough", async () => {
    const child = spawn(process.execPath, [program, "webhooks", "listen"], { env: { ...environment, HOME: folder }, stdio: ["ignore", "pipe", "pipe"] });
    const ended = once(child, "exit");
    const [, id = ""] = await new Promise<RegExpExecArray>((resolve) => void child.stderr.setEncoding("utf8").on("data", (text: string) => {
      const match = /for the webhook ([0-9]+)/.exec(text);
      if (match !== null) resolve(match);
    }));
    child.stdout.destroy();
    await done("webhooks", "test", id);
    await deliverWebhooks(service.runtime);
    expect(await ended).toEqual([0, null]);
    expect((await done("webhooks", "list")).json).toEqual([]);
  });

  test("listen verifies by a given secret or public key, and answers and names each delivery that isn't genuine", async () => {
    const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
    const { url, ran } = await listening(["--count", "5", "--secret", secret]);
    const send = (text: string, at: Date, signature: string) => fetch(url, { method: "POST", body: text, headers: { "webhook-id": "msg_1", "webhook-timestamp": String(Math.floor(at.getTime() / 1_000)), "webhook-signature": signature } });
    const [now, old] = [new Date(), new Date(Date.now() - 3_600_000)];
    const text = '{"type":"license.revoked","data":{}}';
    const signed = (at: Date, by = secret) => new Webhook(by).sign("msg_1", at, text);
    const statuses = [];
    for (const [sent, at, signature] of [
      [text, now, signed(now)], [`${text} `, now, signed(now)], [text, old, signed(old)], [text, now, signed(now, `whsec_${Buffer.alloc(32, 8).toString("base64")}`)], [text, now, ""],
    ] as const) statuses.push((await send(sent, at, signature)).status);
    expect(statuses).toEqual([204, 400, 400, 400, 400]);
    expect(linesOf(await ran).map(({ reason = "genuine" }) => reason)).toEqual([
      "genuine", expect.stringContaining("changed on the way"), expect.stringMatching(/differs from this machine's clock by 3[56][0-9]{2} seconds$/), expect.stringContaining("isn't signed by the webhook's key"), expect.stringContaining("lacks the headers of a signature"),
    ]);

    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const whpk = `whpk_${Buffer.from(String(publicKey.export({ format: "jwk" }).x), "base64url").toString("base64")}`;
    const byKey = await listening(["--count", "1", "--public-key", whpk, "--no-json"]);
    const v1a = sign(null, Buffer.from(`msg_2.${Math.floor(now.getTime() / 1_000)}.${text}`), privateKey).toString("base64");
    const answer = await fetch(byKey.url, { method: "POST", body: text, headers: { "webhook-id": "msg_2", "webhook-timestamp": String(Math.floor(now.getTime() / 1_000)), "webhook-signature": `v1,AAAA v1a,${v1a}` } });
    expect([answer.status, (await byKey.ran).out]).toEqual([204, expect.stringMatching(/msg_2 {2}license\.revoked {2}verified\n$/)]);
  });

  test("listen, interrupted, deletes its webhook and ends with 130", async () => {
    const interruption = new AbortController();
    const { ran } = await listening([], { signal: interruption.signal });
    interruption.abort();
    expect((await ran).code).toBe(130);
    expect((await done("webhooks", "list")).json).toEqual([]);
  });

  test.each([
    ["an invalid secret", 2, ["--secret", "whsec_short"], /whsec_…/],
    ["a port that is taken", 1, ["--port", new URL(service.origin).port, "--secret", `whsec_${"A".repeat(44)}`], /is taken/],
    ["a port that there isn't", 2, ["--port", "99999"], /^"99999" is not a whole number from 0 to 65535\.\n$/],
  ])("listen refuses %s", async (_what, code, words, sentence) => {
    expect(await licensing(["webhooks", "listen", ...words])).toMatchObject({ code, err: expect.stringMatching(sentence) as string });
  });
});

test("a credential or rule with a role that no rule grants anything is made, with a warning; a role with a rule brings none", async () => {
  const credential = (...roles: readonly string[]) => done("api", "access", "create-credential", "--body", JSON.stringify({ name: "Billing", roles }));
  const rule = (variant: string, subject: string, target: string) => done("api", "access", "create-policy-definition", "--body", JSON.stringify({ variant, subject, target }));
  const { json, err } = await credential("licensing-service", "billing");
  expect([json, err]).toEqual([expect.objectContaining({ roles: ["licensing-service", "billing"] }), "Warning: no rule grants role:billing anything yet.\n"]);
  expect((await rule("assign_role", "user:bo", "role:billing")).err).toBe("Warning: no rule grants role:billing anything yet.\n");
  expect((await rule("grant", "role:billing", "usage:read")).err).toBe("");
  expect((await rule("assign_role", "user:ada", "role:billing")).err).toBe("");
  expect((await credential("billing")).err).toBe("");
});

test("usage shows a license's meters and every license's use in a month, also as CSV, and is corrected", async () => {
  const id = await issued("metered");
  await admin.usage.consume(id, { meter: "pages", amount: 7 });
  expect((await done("usage", "metered")).json).toMatchObject([{ meter: "pages", used: 7, limit: 600, remaining: 593 }]);
  expect((await done("usage", "correct", id, "pages", "5", "--reason", "a test print")).json).toMatchObject({ usage: { used: 5 } });
  const month = new Date().toISOString().slice(0, 7);
  expect((await done("usage", "--month", month)).json).toMatchObject([{ licenseId: id, meter: "pages", used: 5 }]);
  const byApi = await admin.http.GET("/v1/api/licensing/usage", { params: { query: { period: month, format: "csv" } }, parseAs: "text" });
  expect((await done("usage", "--month", month, "--csv")).out).toBe(byApi.data);
  expect((await licensing(["usage", id, "--no-json"])).out).toMatch(/^METER +USED[\s\S]*pages +5 +600/);
  expect(await licensing(["usage", id, "--csv"])).toMatchObject({ code: 2 });
});

test("statistics shows the last summary, and says that there is none yet", async () => {
  expect((await licensing(["statistics", "--no-json"])).out).toBe("The first summary isn't written yet.\n");
  await summarize(service.runtime);
  const total = (await Array.fromAsync(admin.licenses.list())).length;
  expect((await done("statistics")).json).toMatchObject({ licenses: { total } });
  expect((await licensing(["statistics", "--no-json"])).out).toContain(`Licenses:   ${total} (`);
});

describe("a file", () => {
  const out = path.join(folder, "machine.license");
  const [key, request] = [path.join(folder, "public.pem"), path.join(folder, "request.txt")];
  writeFileSync(key, service.publicPem);
  const text = writeRequest({ fingerprint: "press-hall-0001", nonce: "bm9uY2U" });
  writeFileSync(request, text);

  test("is made from the text of a machine's request, for that machine alone, and verifies there without the service", async () => {
    const id = await issued("offline");
    expect((await done("file", "offline", "--request", request, "--lifetime", "P7D", "--out", out)).json).toMatchObject({ license: { id }, activation: { fingerprint: "press-hall-0001" } });
    const verify = (...words: readonly string[]) => licensing(["verify", out, "--key", key, ...words], { environment: {} });
    expect(await verify("--fingerprint", "press-hall-0001", "--no-json")).toMatchObject({ code: 0, out: `valid: VALID, license ${id}\n` });
    expect((await verify("--fingerprint", "press-hall-0002")).code).toBe(1);
    const mailed = text.split("\n").map((line) => `> ${line}`).join("\r\n");
    expect((await licensing(["file", id, "--request", "-"], { readInput: async () => mailed })).json).toMatchObject({ activation: { fingerprint: "press-hall-0001" } });
  });

  test("isn't made from a request that was changed on the way", async () => {
    const id = await issued("changed");
    writeFileSync(request, text.replace(/(?<=BEGIN LICENSE REQUEST-----\n)./, (letter) => (letter === "x" ? "y" : "x")));
    expect(await licensing(["file", id, "--request", request])).toMatchObject({ code: 2, err: expect.stringContaining("changed on the way") as string });
    expect(await licensing(["file", id, "--request", request, "--fingerprint", "press-hall-0001"])).toMatchObject({ code: 2 });
    expect((await done("seats", "list", id)).json).toEqual([]);
  });
});

test("audit recomputes each chain from the API, and names the license and event of one that doesn't hold", async () => {
  const id = await issued("audited");
  for (let time = 0; time < 3; time += 1) {
    await admin.licenses.suspend(id, { reason: "=1+1 \u{1f5dd}" });
    await admin.licenses.reinstate(id);
  }
  expect((await done("audit", "--license", "audited")).json).toEqual({ state: "intact", licenses: 1, events: 7, breaks: [] });
  const all = (await done("audit")).json as { licenses: number; events: number };
  expect(all.licenses).toBeGreaterThan(1);
  expect((await done("audit", "--offline", "--database", service.environment["APP_ENV_DATABASE_URL"] ?? "")).json).toMatchObject({ state: "intact", licenses: all.licenses, events: all.events });
  const forging = (forge: (text: string) => string) => async (request: Request) => {
    const response = await fetch(request);
    return request.url.includes("/events") ? new Response(forge(await response.text()), response) : response;
  };
  const forged = (forge: (text: string) => string) => licensing(["audit", "--license", id, "--no-json"], { client: { fetch: forging(forge) } });
  expect(await forged((text) => text.replace("suspended", "reinstated"))).toMatchObject({ code: 1, out: expect.stringMatching(new RegExp(`^license ${id}, event 2: altered`)) as string });
  const without = (text: string) => JSON.stringify({ ...(JSON.parse(text) as object), data: (JSON.parse(text) as { data: object[] }).data.slice(0, -1) });
  expect(await forged(without)).toMatchObject({ code: 1, out: expect.stringContaining(`license ${id}, event 7: removed`) as string });
  expect(await licensing(["audit", "--license", id, "--after", "7"])).toMatchObject({ code: 2 });
});

test("keys are listed and checked; one is made, and one is left out of several, without a service", async () => {
  expect((await done("keys", "check")).json).toMatchObject({ data: [{ state: "active", inSecret: true }], check: { state: "ok" } });
  expect((await licensing(["keys", "--no-json"])).out).toMatch(/^KID[\s\S]*\nChecked .*: ok/);
  const nowhere = { environment: {} };
  const made = await licensing(["keys", "generate"], nowhere);
  expect([made.out, made.err]).toEqual([expect.stringMatching(/^-----BEGIN PRIVATE KEY-----\n/), expect.stringMatching(/^kid /)]);
  const other = generateKey().privatePem;
  const kid = /kid (\S+)/.exec(made.err)?.[1] ?? "";
  const kept = await licensing(["keys", "without", "--", kid], { ...nowhere, readInput: async () => made.out + other });
  expect([kept.code, kept.out]).toEqual([0, other]);
  expect(await licensing(["keys", "without", "--", kid], { ...nowhere, readInput: async () => other })).toMatchObject({ code: 2, out: "", err: expect.stringContaining("No key has that kid") as string });
  expect(await licensing(["keys", "compromise", kid])).toMatchObject({ code: 2 });
});

test("a bulk change goes on to its end though nobody reads its progress", async () => {
  for (const id of ["unread-1", "unread-2"]) await issued(id);
  const child = spawn(process.execPath, [program, "suspend", "--where", "search=unread-", "--yes"], { env: { ...environment, HOME: folder }, stdio: ["ignore", "pipe", "pipe"] });
  child.stderr.destroy();
  const [[code], out] = await Promise.all([once(child, "exit"), readAll(child.stdout)]);
  expect([code, JSON.parse(out)]).toMatchObject([0, { changed: 2, failed: [] }]);
});

test.runIf(existsSync("/dev/full"))("an answer that can't be written ends with 1, and the reason", async () => {
  const child = spawn(process.execPath, [program, "keys", "generate"], { env: { ...environment, HOME: folder }, stdio: ["ignore", openSync("/dev/full", "w"), "pipe"] });
  const [[code], said] = await Promise.all([once(child, "exit"), readAll(child.stderr as Readable)]);
  expect([code, said]).toEqual([1, expect.stringContaining("The output can't be written: ENOSPC")]);
});

describe("the program", () => {
  let project: Project;
  let dist = "";
  const sizeOf = (name: string) => statSync(path.join(dist, name)).size;
  beforeAll(async () => {
    project = await createProject({ name: "cli", dependencies: [], used: ["@types/node"] });
    dist = path.join(project.installed, "dist");
  });

  /** A built file, and the files that load with it. */
  function loadedWith(name: string, seen: ReadonlySet<string> = new Set()): ReadonlySet<string> {
    if (seen.has(name)) return seen;
    const text = readFileSync(path.join(dist, name), "utf8");
    const next = [...text.matchAll(/(?:from|import)"\.\/([^"]+)"/g)].map(([, each = ""]) => each);
    return next.reduce<ReadonlySet<string>>((all, each) => loadedWith(each, all), new Set([...seen, name]));
  }

  test("starts and helps from its build alone, and for its help loads commander but no command", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [path.join(dist, "licensing.js"), "--help"], { cwd: folder });
    for (const name of groups.flatMap(({ commands }) => Object.keys(commands))) expect(stdout).toContain(`  ${name}  `);
    const loaded = [...loadedWith("licensing.js")];
    const bytes = loaded.reduce((sum, name) => sum + sizeOf(name), 0);
    expect(bytes).toBeLessThan(61_440);
    const texts = loaded.map((name) => readFileSync(path.join(dist, name), "utf8")).join("");
    for (const late of ["oauth", "openapi", "/v1/api/licensing", "drizzle", "BEGIN LICENSE"]) expect(texts).not.toContain(late);
    expect(readdirSync(dist).length).toBeGreaterThan(groups.length);
  });

  test("is published with its start, its types and the licenses of the code that it contains", async () => {
    expect(project.files.filter((file) => !file.startsWith("dist/"))).toEqual(["CHANGELOG.md", "README.md", "licensing.mjs", "package.json"]);
    expect((await project.node([path.join(project.installed, "licensing.mjs"), "--help"])).split("\n")[0]).toBe("Usage: licensing [options] [command]");
    expect(await thirdParties(project)).toEqual(["@neondatabase/serverless", "@noble/ed25519", "commander", "drizzle-orm", "oauth4webapi", "openapi-fetch", "zod"]);
  });

  test("runs in the process of another program, typed", async () => {
    const program = `import { exitCodes, runInProcess, type Ended } from "@licensing/cli";
const ended: Ended = await runInProcess(["find", "nobody@example.com"], { environment: process.env });
console.log(ended.exitCode === exitCodes.notFound, ended.stdout.trim(), ended.stderr.trim());`;
    await project.write("program.ts", program);
    expect(await project.typeCheck(["program.ts"], { module: "nodenext", moduleResolution: "nodenext", types: ["node"], skipLibCheck: false, allowImportingTsExtensions: true })).toBe("");
    expect(await project.node(["program.ts"], environment)).toBe("true [] No license is found.\n");
  });

  describeOn("@arethetypeswrong/cli", "by the tools that judge packages", () => {
    test("has no fault", async () => {
      // It has ES modules only: Node 24, which it needs, requires them too.
      expect(await judged(project, ["--profile", "esm-only"])).toEqual({ faults: [], entries: [".", "./package.json"] });
    });
  });

  test("completes commands, their own commands and their options in bash", async () => {
    const { out } = await done("completion", "bash");
    const complete = async (line: string) => {
      const words = line.split(" ");
      const script = `${out}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}; _licensing; printf '%s\\n' "\${COMPREPLY[@]}"`;
      return (await promisify(execFile)("bash", ["-c", script], { cwd: folder })).stdout.trim().split("\n");
    };
    expect(await complete("licensing sus")).toEqual(["suspend"]);
    expect(await complete("licensing seats ")).toEqual(["list", "free"]);
    expect(await complete("licensing suspend --d")).toEqual(["--dry-run"]);
    expect(await complete("licensing --profile test suspend 7 --rea")).toEqual(["--reason"]);
    expect(await complete("licensing webhooks listen --s")).toEqual(["--secret"]);
    expect(await complete("licensing find --js")).toEqual(["--json"]);
    expect(await complete("licensing import publ")).toEqual(["public.pem"]);
    for (const shell of ["zsh", "fish"]) expect((await done("completion", shell)).out).toContain("dry-run");
  });
});
