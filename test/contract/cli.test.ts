import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { csvOf } from "@licensing/core/base/csv.ts";
import { readCsv } from "@licensing/core/cli/rows.ts";
import type { World } from "@licensing/core/cli/world.ts";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import { startGateway } from "../../infra/local/lambda/gateway.ts";
import type { Gateway } from "../../infra/local/lambda/gateway.ts";
import { invokeInProcess } from "../../infra/local/lambda/in-process.ts";
import { routes } from "../../infra/routes.ts";
import { steadyTransport } from "../support/patient-runtime.ts";
import { startService } from "../support/service.ts";
import { patient } from "../support/slowness.ts";
import { whenDone } from "../support/when-done.ts";
import { commandLine } from "./command-line.ts";

/** The command line against the service: in this process, but for its own start. */
const service = await startService();
const folder = mkdtempSync(path.join(tmpdir(), "licensing-cli-"));
whenDone(() => rmSync(folder, { recursive: true, force: true }));
const token = await service.token("admin");
const auditor = await service.token("auditor");
const expired = await service.issuer.mint({ sub: "ada", roles: ["licensing-admin"], claims: { exp: 1_700_000_000 } });
const environment = { LICENSING_URL: service.origin, LICENSING_TOKEN: token, LICENSING_CONFIG: path.join(folder, "profiles.json") };

const { licensing, done } = commandLine(environment);

type Licensed = { readonly license: { readonly id: string; readonly status: string; readonly sequence: number; readonly holder: { readonly id: string } }; readonly key: string };
const policy = (code: string, more: object = {}) => done("api", "policies", "create", "--body", JSON.stringify({ code, name: code, duration: "P1M", activationLimit: 2, ...more }));

test("a vendor's day: create a policy, issue, find, show, renew, suspend, reinstate, free seats, hand over, revoke, and read the trail", async () => {
  await policy("monthly");
  const issued = (await done("issue", "--policy", "monthly", "--holder", "ada@example.com", "--feature", "sso", "projects=50", "--metadata", "order=4711")).json as Licensed;
  const { id } = issued.license;
  for (const text of ["ada@example.com", id, issued.key, "4711"]) expect((await done("find", text)).json).toMatchObject([{ license: { id } }]);
  await done("api", "activations", "activate", "--body", JSON.stringify({ key: issued.key, fingerprint: "machine-0001" }));
  expect((await done("show", "machine-0001")).json).toMatchObject({ license: { id, features: { sso: true, projects: 50 } }, activations: [{ fingerprint: "machine-0001" }] });
  expect((await done("renew", id, "--periods", "2", "--dry-run")).json).toMatchObject({ wouldChange: [{ id }] });
  await done("renew", id, "--periods", "2", "--reason", "order 4712");
  await done("suspend", "ada@example.com", "--reason", "payment failed");
  for (let change = 1; change <= 9; change += 1) await done("api", "licenses", "update", id, "--body", JSON.stringify({ name: `name ${change}` }));
  const shown = await licensing(["show", id, "--no-json"]);
  expect(shown.out).toMatch(/^[0-9]+ \(user ada@example.com, monthly, SUSPENDED\)\nSUSPENDED since .* UTC \(now\) by admin: payment failed\n/);
  expect(shown.out).toMatch(/Features: {2}sso, projects=50\nMetadata: {2}order=4711\n/);
  // The latest first, each with its changes.
  expect(shown.out).toMatch(/Latest:\n {2}.* UTC \(now\) {2}#13 updated by user:admin \(name name 8 → name 9\)\n/);
  expect(shown.out).not.toContain("#4");
  await done("reinstate", id);
  expect((await done("seats", "list", id)).json).toMatchObject([{ fingerprint: "machine-0001" }]);
  expect((await done("seats", "free", id, "--all")).json).toMatchObject({ released: 1 });
  const handed = (await done("transfer", id, "--to", "user:bob", "--reason", "the business was sold")).json as Licensed;
  expect(handed.license.holder.id).toBe("bob");
  expect((await done("rotate-key", id)).json).toMatchObject({ license: { id } });
  await done("revoke", id);
  expect((await licensing(["renew", id])).code).toBe(6);
  const events = (await done("events", id)).out.trim().split("\n").map((line) => JSON.parse(line) as { type: string; sequence: number });
  expect(events.map(({ type }) => type)).toEqual(["created", "activated", "renewed", "suspended", ...Array<string>(9).fill("updated"), "reinstated", "deactivated", "transferred", "updated", "revoked"]);
  expect((await done("whoami")).json).toMatchObject({ url: service.origin, by: "LICENSING_TOKEN", actor: { id: "admin" } });
});

test("a verb over a filter lists first, changes with --yes, and ends with 3 if a part failed", async () => {
  await policy("bulk");
  for (const holder of ["b1", "b2", "b3"]) await done("issue", "--policy", "bulk", "--holder", holder);
  const statuses = async () => ((await done("api", "licenses", "list", "--query", "policy=bulk")).json as { data: Licensed["license"][] }).data.map(({ status }) => status);
  expect((await done("suspend", "--where", "policy=bulk")).json).toMatchObject({ wouldChange: [{}, {}, {}] });
  expect(await statuses()).toEqual(["ACTIVATED", "ACTIVATED", "ACTIVATED"]);
  await done("suspend", "b2");
  const part = await licensing(["suspend", "--where", "policy=bulk", "--yes", "--reason", "audit"]);
  expect([part.code, part.json]).toMatchObject([3, { changed: 2, failed: [{ problem: expect.stringContaining("license-suspended") }] }]);
  expect(await statuses()).toEqual(["SUSPENDED", "SUSPENDED", "SUSPENDED"]);
});

test("a verb over a filter, interrupted, says what it has done, and its repetition with the same key changes each license once", async () => {
  await policy("interrupted");
  for (let at = 0; at < 12; at += 1) await done("issue", "--policy", "interrupted", "--holder", `cut-${at}`);
  const interruption = new AbortController();
  let renewals = 0;
  const interrupting = (request: Request) => {
    if (request.url.endsWith("/renew") && (renewals += 1) === 8) interruption.abort();
    return fetch(request);
  };
  const words = ["renew", "--where", "policy=interrupted", "--yes", "--idempotency-key", "order-4711"];
  const first = await licensing(words, { signal: interruption.signal, client: { fetch: interrupting } });
  const { changed, failed, notBegun } = first.json as { changed: number; failed: readonly { problem: string }[]; notBegun: number };
  expect([first.code, changed + failed.length + notBegun, changed > 0, notBegun > 0]).toEqual([130, 12, true, true]);
  for (const { problem } of failed) expect(problem).toBe("Interrupted. Whether the change was made is unknown.");
  expect(await licensing(words)).toMatchObject({ code: 0, json: { changed: 12, failed: [], notBegun: 0 } });
  const { data } = (await done("api", "licenses", "list", "--query", "policy=interrupted")).json as { data: Licensed["license"][] };
  expect(data.map(({ sequence }) => sequence)).toEqual(Array(12).fill(2));
});

test("a license is named by its whole holder or name, in any case; a part only finds it", async () => {
  await policy("parts");
  const issue = async (holder: string, name: string) => ((await done("issue", "--policy", "parts", "--holder", holder, "--name", name)).json as Licensed).license.id;
  const nada = await issue("nada@parts.example", "Nada Örn");
  for (const text of ["ada@parts.example", "Nada", "parts.example"]) {
    expect(await licensing(["revoke", text])).toMatchObject({ code: 5, out: "", err: expect.stringMatching(new RegExp(`in full[^]*\\n  ${nada} `)) as string });
    expect((await done("find", text)).json).toMatchObject([{ license: { id: nada, status: "ACTIVATED" } }]);
  }
  const ada = await issue("ada@parts.example", "Ada");
  for (const [text, id] of [["ada@parts.example", ada], [" Ada@Parts.example", ada], ["“ada@parts.example”", ada], ["nada o\u{308}rn", nada]] as const) {
    expect((await done("show", text)).json, text).toMatchObject({ license: { id } });
  }
  await issue("someone@else.example", "ADA@parts.example");
  expect(await licensing(["revoke", "ada@parts.example"])).toMatchObject({ code: 2, err: expect.stringMatching(new RegExp(`: 2; name one by its id:(?!.*${nada} )`, "s")) as string });
});

test("the last five of a key name its license as they are written, and in another spelling only find it", async () => {
  await policy("hinted");
  const key = "MOVED-2019-0042-KMQX-7RTW-A11CE";
  const { license } = (await done("api", "licenses", "issue", "--body", JSON.stringify({ policy: "hinted", holder: { type: "user", id: "h1" }, key }))).json as Licensed;
  expect((await done("find", "alice")).json).toMatchObject([{ license: { id: license.id }, matchedBy: "keyHint" }]);
  expect(await licensing(["revoke", "alice"])).toMatchObject({ code: 5, out: "", err: expect.stringContaining(license.id) as string });
  for (const text of ["A11CE", "…A11CE"]) expect((await done("show", text)).json, text).toMatchObject({ license: { id: license.id, status: "ACTIVATED" } });
});

test("a feature of the policy is withdrawn at the issue by false or null", async () => {
  await policy("featured", { features: { sso: true, export: true, tier: "gold" } });
  const { license } = (await done("issue", "--policy", "featured", "--holder", "w1", "--feature", "sso=false", "tier=null", "projects=5")).json as Licensed;
  expect(license).toMatchObject({ features: { export: true, projects: 5 }, overrides: { features: { sso: null, tier: null, projects: 5 } } });
});

test("a policy is applied after a preview", async () => {
  await policy("growing");
  await done("issue", "--policy", "growing", "--holder", "g1");
  await done("api", "policies", "update", "growing", "--body", '{"activationLimit":9}');
  expect((await done("policies", "apply", "growing")).json).toMatchObject({ changed: 1, sample: [{ changes: { activationLimit: [2, 9] } }] });
  expect((await done("policies", "apply", "growing", "--yes")).json).toMatchObject({ changed: 1 });
  expect((await done("policies", "apply", "growing")).json).toMatchObject({ changed: 0 });
  expect((await licensing(["policies", "list", "--no-json"])).out).toContain("growing");
});

test("an application ends with 3 only if a failure remains, and names each license once and none that a later call changed", async () => {
  const busy = { licenseId: "12", code: "license-contended", again: true };
  const broken = { licenseId: "13", code: "malformed-request", again: false };
  const apply = (...reports: readonly object[]) => {
    const left = [...reports];
    return licensing(["policies", "apply", "growing", "--yes"], { client: { fetch: async () => Response.json({ changed: 1, sample: [], ...left.shift() }) } });
  };
  const tried = { failures: [busy], nextCursor: "next" };
  expect(await apply(tried, { failures: [], nextCursor: null })).toMatchObject({ code: 0, json: { changed: 2, failures: [] } });
  const part = await apply({ ...tried, failures: [busy, broken] }, { failures: [broken], nextCursor: null });
  expect(part).toMatchObject({ code: 3, json: { changed: 2, failures: [broken] } });
});

describe("a mistake ends with its code and a sentence, and changes nothing:", () => {
  const nobody = { ...environment, LICENSING_TOKEN: "" };
  const count = async () => ((await done("api", "events", "list", "--query", "limit=1")).json as { data: { id: string }[] }).data[0]?.id;

  test.each<[string, number, readonly string[], Partial<World>?]>([
    ["a wrong flag", 2, ["suspend", "1", "--raison", "x"]],
    ["a mistyped --dry-run", 2, ["suspend", "mistaken", "--dryrun"]],
    ["an unknown command", 2, ["suspen", "1"]],
    ["no command", 2, []],
    ["a missing argument", 2, ["show"]],
    ["a missing option", 2, ["issue", "--holder", "ada"]],
    ["an option without its value", 2, ["suspend", "1", "--reason"]],
    ["a word in place of a number", 2, ["renew", "1", "--periods", "many"]],
    ["a number that isn't whole", 2, ["usage", "correct", "1", "pages", "1.5"]],
    ["a number beyond its bounds", 2, ["events", "--limit", "0"]],
    ["a pause of no time", 2, ["events", "--follow", "--interval", "0"]],
    ["a port that there isn't", 2, ["webhooks", "listen", "--port", "99999"]],
    ["a word in place of a date", 2, ["events", "--follow", "--after", "yesterday"]],
    ["a day that there isn't", 2, ["issue", "--policy", "mistakes", "--holder", "ada", "--expires", "2030-02-30"]],
    ["a word in place of an id", 2, ["audit", "--after", "first"]],
    ["a key beyond ASCII", 2, ["issue", "--policy", "mistakes", "--holder", "ada", "--idempotency-key", "ключ"]],
    ["a verb without a license or a filter", 2, ["revoke"]],
    ["a license and a filter", 2, ["revoke", "1", "--where", "policy=x"]],
    ["an unknown filter", 2, ["revoke", "--where", "polycy=x", "--yes"]],
    ["a filter without a value", 2, ["revoke", "--where", "policy", "--yes"]],
    ["a filter twice", 2, ["revoke", "--where", "policy=x", "--where", "policy=mistakes", "--yes"]],
    ["a feature twice", 2, ["issue", "--policy", "mistakes", "--holder", "ada", "--feature", "sso", "sso=false"]],
    ["a parameter twice", 2, ["api", "licenses", "list", "--query", "limit=1", "limit=2"]],
    ["a parameter for a call that takes none", 2, ["api", "policies", "retire", "mistakes", "--query", "dryRun=true"]],
    ["an id that is a step up", 1, ["api", "activations", "list-of-license", ".."]],
    ["an empty id", 1, ["api", "policies", "retire", ""]],
    ["an unknown status", 2, ["revoke", "--where", "status=FINE", "--yes"]],
    ["an ambiguous customer", 2, ["revoke", "twice@example.com"]],
    ["a seat named by its machine", 2, ["seats", "free", "machine-0001"]],
    ["an unknown noun", 2, ["api", "licences", "list"]],
    ["an unknown verb", 2, ["api", "licenses", "lst"]],
    ["too few ids", 2, ["api", "licenses", "read"]],
    ["a body that isn't JSON", 2, ["api", "policies", "create", "--body", "{code:"]],
    ["a body for a call that takes none", 2, ["api", "licenses", "read", "1", "--body", "{}"]],
    ["a missing file", 2, ["import", "nothing.csv"]],
    ["a folder in place of a file", 2, ["import", folder]],
    ["a file of another kind", 2, ["verify", import.meta.filename, "--key", import.meta.filename]],
    ["a missing key set", 2, ["verify", import.meta.filename, "--jwks", "nothing.json"]],
    ["a key set that isn't JSON", 2, ["verify", import.meta.filename, "--jwks", import.meta.filename]],
    ["a key set at an address where nothing is", 2, ["verify", import.meta.filename, "--jwks", "http://127.0.0.1:9/jwks.json"]],
    ["a file for which there is no folder", 1, ["export", path.join(folder, "nowhere", "licenses.csv")]],
    ["a login at an invalid address", 2, ["login", "--device", "--url", "licensing"]],
    ["a token with a line break", 4, ["find", "ada"], { environment: { ...environment, LICENSING_TOKEN: token.replace(".", "\n.") } }],
    ["a body with faults", 2, ["api", "policies", "create", "--body", '{"code":"X","name":"x"}']],
    ["a policy's name that isn't a code", 2, ["import", "nothing.csv", "--policy", "P-100"]],
    ["an unknown shell", 2, ["completion", "tcsh"]],
    ["no service", 2, ["find", "ada"], { environment: { LICENSING_CONFIG: environment.LICENSING_CONFIG } }],
    ["an invalid address", 2, ["find", "ada", "--url", "licensing"]],
    ["an address with a path", 2, ["find", "ada", "--url", `${service.origin}/v1/api/licensing`]],
    ["an id without its secret", 2, ["find", "ada"], { environment: { ...nobody, LICENSING_CLIENT_ID: "billing" } }],
    ["no login", 4, ["find", "ada"], { environment: nobody }],
    ["a login without a terminal", 4, ["login"]],
    ["an invalid token", 4, ["find", "ada"], { environment: { ...environment, LICENSING_TOKEN: "nonsense" } }],
    ["an expired token", 4, ["find", "ada"], { environment: { ...environment, LICENSING_TOKEN: expired } }],
    ["a wrong secret", 4, ["find", "ada"], { environment: { ...nobody, LICENSING_CLIENT_ID: "billing", LICENSING_CLIENT_SECRET: "wrong" } }],
    ["a caller without the permission", 4, ["api", "licenses", "revoke", "1"], { environment: { ...environment, LICENSING_TOKEN: auditor } }],
    ["an unknown license", 5, ["suspend", "42"]],
    ["an unknown customer", 5, ["suspend", "nobody@example.com"]],
    ["a search that finds nothing", 5, ["find", "nobody@example.com"]],
    ["an unknown policy", 5, ["policies", "show", "nothing"]],
    ["a license of an unknown policy", 5, ["issue", "--policy", "nothing", "--holder", "ada"]],
    ["a sequence that has passed", 6, ["suspend", "mistaken", "--if-sequence", "9"]],
    ["a code that is taken", 6, ["api", "policies", "create", "--body", '{"code":"mistakes","name":"x"}']],
    ["no network", 7, ["suspend", "42", "--url", "http://127.0.0.1:9"], { client: { sleep: async () => undefined } }],
  ])("%s: %d", async (_what, code, words, more) => {
    if ((await licensing(["policies", "show", "mistakes"])).code === 5) {
      await policy("mistakes");
      for (const holder of ["mistaken", "twice@example.com", "twice@example.com"]) await done("issue", "--policy", "mistakes", "--holder", holder);
    }
    const before = await count();
    const ran = await licensing(words, more);
    expect([ran.code, ran.err]).toEqual([code, expect.stringMatching(/[A-Za-z].*\n$/s)]);
    // Nothing of the platform's own sentences, which name no option and no remedy.
    expect(ran.err).not.toMatch(/\n\s+at |\[object|undefined|options\.|BigInt|Invalid time|ByteString|Headers\.|Unexpected token|fetch failed|no such file|illegal operation/);
    expect(ran.err).not.toContain(token);
    expect(await count()).toBe(before);
  });

  test("an unknown policy: the sentence names the command that lists the known ones", async () => {
    expect((await licensing(["issue", "--policy", "nothing", "--holder", "ada"])).err).toContain("No such policy. `licensing policies list` shows the code of each. (policy-not-found");
  });

  test("an interruption: 130", async () => {
    const interruption = new AbortController();
    setImmediate(() => interruption.abort());
    const hanging = (request: Request) => new Promise<Response>((_resolve, reject) => request.signal.addEventListener("abort", () => reject(request.signal.reason as Error)));
    expect((await licensing(["find", "ada"], { signal: interruption.signal, client: { fetch: hanging } })).code).toBe(130);
  });
});

describe("an import", () => {
  const columns = "policy,holderType,holderId,name,key,status,startsAt,expiresAt,activationLimit,features,metadata,externalId";
  const rows = process.env["LICENSING_PROVE"] === "long" ? 10_000 : 1_000;
  const faults = ["activationLimit", "features", "policy", "status", "externalId", "holderId", "expiresAt"] as const;
  /** By their number, spread over the file: faults that the command finds, and faults that the service finds. */
  const bad = new Map(Array.from({ length: 37 }, (_, at) => [(at + 1) * Math.floor(rows / 38), faults[at % faults.length]]));
  const line = (at: number) => {
    const fault = bad.get(at);
    return [
      fault === "policy" ? "nothing" : "imported", "user", fault === "holderId" ? "" : `customer-${at}`, `"Customer, no. ${at}"`, "", fault === "status" ? "FINE" : at % 250 === 0 ? "SUSPENDED" : "", "2026-01-01T00:00:00Z",
      fault === "expiresAt" ? "2025-01-01T00:00:00Z" : at % 3 === 0 ? "never" : "2030-01-01T00:00:00Z", fault === "activationLimit" ? "many" : "3", fault === "features" ? "{sso" : at % 2 === 0 ? '"{""sso"":true}"' : "", "", fault === "externalId" ? "x-1" : `x-${at}`,
    ].join(",");
  };
  const file = path.join(folder, "customers.csv");

  /** Imports the file in a process of its own, which is killed as soon as it reports this number of done rows. */
  async function killedImport(after: number): Promise<string | null> {
    const child = spawn(process.execPath, [path.join(import.meta.dirname, "../../core/cli/licensing.ts"), "import", file], { env: { ...environment, PATH: process.env["PATH"] }, stdio: ["ignore", "ignore", "pipe"] });
    child.stderr.setEncoding("utf8").on("data", (text: string) => Number(/([0-9]+) of/.exec(text)?.[1]) >= after && child.kill("SIGKILL"));
    const [, signal] = (await once(child, "exit")) as [number | null, string | null];
    return signal;
  }

  test(`of ${rows} rows, 37 of them bad, is killed and started again: each good row is issued once, six at a time, and one report names each bad row and its fault`, async () => {
    await policy("imported", { duration: "P1Y" });
    writeFileSync(file, `${columns}\r\n${Array.from({ length: rows }, (_, at) => line(at + 1)).join("\r\n")}\r\n`);
    const dry = await licensing(["import", file, "--dry-run"]);
    // Only the order of a row's dates is the service's to judge.
    const unseen = [...bad.values()].filter((fault) => fault === "expiresAt").length;
    expect([dry.code, dry.json]).toMatchObject([3, { good: rows - bad.size + unseen, refused: bad.size - unseen }]);
    expect(await killedImport(rows * 0.4)).toBe("SIGKILL");
    let underWay = 0;
    let most = 0;
    const counting = (request: Request) => {
      most = Math.max(most, (underWay += 1));
      return fetch(request).finally(() => (underWay -= 1));
    };
    const second = await licensing(["import", file], { client: { fetch: counting } });
    const { issued, present, refused } = second.json as { issued: number; present: number; refused: number };
    expect([second.code, issued + present, refused]).toEqual([3, rows - bad.size, bad.size]);
    expect([issued > 0, present > 0, most]).toEqual([true, true, 6]);
    const { out } = await done("api", "licenses", "list", "--query", "policy=imported", "--query", "limit=100", "--all");
    const ids = out.trim().split("\n").map((text) => (JSON.parse(text) as { metadata: { externalId: string } }).metadata.externalId);
    expect([ids.length, new Set(ids).size]).toEqual([rows - bad.size, rows - bad.size]);
    const report = readFileSync(`${file}.refused.csv`, "utf8").trim().split("\r\n").slice(1);
    expect(report.map((text) => Number(text.split(",")[0]) - 1)).toEqual([...bad.keys()]);
    for (const [index, fault] of [...bad.values()].entries()) expect(report[index]?.split(",").slice(1, 3).join()).toContain(fault);
    expect((await licensing(["import", file])).json).toMatchObject({ issued: 0, present: rows - bad.size });
  }, patient(process.env["LICENSING_PROVE"] === "long" ? 1_800_000 : 300_000));

  test("of the report of refused rows issues them, once they are corrected there", async () => {
    await policy("corrected", { duration: "P1Y" });
    const list = `${file}.again.csv`;
    writeFileSync(list, "policy,holderId,key\r\ncorrected,ada@example.com,too-short\r\n");
    expect((await licensing(["import", list])).json).toMatchObject({ issued: 0, refused: 1 });
    const report = `${list}.refused.csv`;
    writeFileSync(report, readFileSync(report, "utf8").replace(",too-short", ",A-KEY-OF-ADA-1234567890-ABCDEF"));
    const { code, json } = await licensing(["import", report]);
    expect([code, json]).toMatchObject([0, { issued: 1, refused: 0 }]);
  });

  test("refuses another row at the place of a row that was issued by its place alone, in next month's file of the same name and in a report that was written anew", async () => {
    await policy("placed");
    const list = path.join(folder, "placed.csv");
    const write = (...holders: readonly string[]) => writeFileSync(list, `policy,holderId\r\n${holders.map((holder) => `${holder === "bad" ? "" : "placed"},${holder}\r\n`).join("")}`);
    write("ada", "bob");
    expect((await done("import", list)).json).toMatchObject({ issued: 2, refused: 0 });
    const { license = "" } = JSON.parse(readFileSync(`${list}.journal`, "utf8").split("\n").find((text) => text.includes('"place:3"')) ?? "") as { license?: string };
    write("ada", "cy", "dan");
    const next = await licensing(["import", list]);
    expect([next.code, next.json]).toMatchObject([3, { issued: 1, present: 1, refused: 1 }]);
    expect(readFileSync(`${list}.refused.csv`, "utf8")).toMatch(new RegExp(`^3,"?another row .* license ${license}\\b.*,placed,.*cy`, "m"));
    expect((await done("import", `${list}.refused.csv`)).json).toMatchObject({ issued: 1, refused: 0 });
    write("ada", "bob", "dan", "bad");
    expect((await licensing(["import", list])).json).toMatchObject({ issued: 0, present: 3, refused: 1 });
    const report = `${list}.refused.csv`;
    writeFileSync(report, readFileSync(`${list}.refused.2.csv`, "utf8").replace(",,,bad", ",placed,,bad"));
    const again = await licensing(["import", report]);
    expect([again.code, again.json]).toMatchObject([3, { issued: 0, present: 0, refused: 1 }]);
    expect((await done("import", `${report}.refused.csv`)).json).toMatchObject({ issued: 1, refused: 0 });
  });

  test("takes no other holder's license for a row's, though it has the same externalId", async () => {
    await policy("numbered");
    const [first, second] = [path.join(folder, "numbered.csv"), path.join(folder, "numbered-elsewhere.csv")];
    writeFileSync(first, "policy,holderId,externalId\nnumbered,ada,900001\n");
    writeFileSync(second, "policy,holderId,externalId,status\nnumbered,bob,900001,REVOKED\n");
    expect((await done("import", first)).json).toMatchObject({ issued: 1 });
    const listed = async () => ((await done("api", "licenses", "list", "--query", "policy=numbered")).json as { data: Licensed["license"][] }).data;
    const [ada] = await listed();
    expect(await licensing(["import", second])).toMatchObject({ code: 3, json: { issued: 0, present: 0, refused: 1 } });
    expect(readFileSync(`${second}.refused.csv`, "utf8")).toContain(`license ${ada?.id} of user ada has the externalId 900001`);
    expect(await listed()).toEqual([ada]);
    rmSync(`${first}.journal`);
    expect((await done("import", first)).json).toMatchObject({ issued: 0, present: 1 });
  });

  test("keeps a report that somebody corrected, and replaces one that nobody did", async () => {
    await policy("reported");
    const list = path.join(folder, "reported.csv");
    const [report, next] = [`${list}.refused.csv`, `${list}.refused.2.csv`];
    writeFileSync(list, `policy,holderId,name,status\nreported,ada,"'Ada, ""the first""",FINE\nreported,bob,=B1,FINE\n`);
    for (const words of [["--dry-run"], [], []]) expect((await licensing(["import", list, ...words])).json).toMatchObject({ refused: 2, report });
    const written = readFileSync(report, "utf8");
    const corrected = written.replace(",FINE", ",ACTIVATED");
    writeFileSync(report, corrected);
    for (let run = 0; run < 2; run += 1) expect(await licensing(["import", list])).toMatchObject({ code: 3, json: { refused: 2, report: next }, err: expect.stringContaining(`${report} has other rows`) as string });
    expect([readFileSync(report, "utf8"), readFileSync(next, "utf8")]).toEqual([corrected, written]);
    writeFileSync(report, 'not "CSV"');
    expect((await licensing(["import", list])).json).toMatchObject({ report: next });
  });

  test("writes keys only to files that their owner alone may read, and none to its journal; a journal with a key is read, too", async () => {
    await policy("secretive");
    const list = path.join(folder, "secretive.csv");
    const [key, other] = ["KEY-OF-SECRETIVE-1234567890", "KEY-OF-REFUSED-12345678900"];
    writeFileSync(list, `policy,holderId,key,status\nsecretive,ada,${key},\nsecretive,bob,${other},FINE\n`);
    expect((await licensing(["import", list])).json).toMatchObject({ issued: 1, refused: 1 });
    const [journal, report] = [`${list}.journal`, `${list}.refused.csv`];
    expect([journal, report].map((each) => statSync(each).mode & 0o777)).toEqual([0o600, 0o600]);
    expect([readFileSync(journal, "utf8").includes(key), readFileSync(report, "utf8").includes(other)]).toEqual([false, true]);
    writeFileSync(journal, readFileSync(journal, "utf8").replace(/key:sha256:[0-9a-f]{64}/, `key:${key}`));
    let calls = 0;
    const counting = (request: Request) => ((calls += 1), fetch(request));
    expect((await licensing(["import", list], { client: { fetch: counting } })).json).toMatchObject({ issued: 0, present: 1 });
    expect(calls).toBe(0);
  });

  test("reads an apostrophe as it stands, unless it keeps a spreadsheet from running the text", () => {
    expect(readCsv("'t Hooft BV,''t Hooft BV,'=1+1,''=1+1,'\n")).toEqual([["'t Hooft BV", "'t Hooft BV", "=1+1", "'=1+1", "'"]]);
    const texts = ["'t Hooft BV", "''", "'", "=1", "'=1", "-1", " @x", "plain", "\ttab"];
    expect(readCsv(csvOf(["a"], texts.map((text) => [text]))).slice(1)).toEqual(texts.map((text) => [text]));
  });

  test("goes on after a journal of an earlier version, whose lines have no digest of the row", async () => {
    await policy("undigested");
    const list = path.join(folder, "undigested.csv");
    writeFileSync(list, "policy,holderId,externalId\nundigested,ada,\nundigested,bob,u-1\n");
    expect((await done("import", list)).json).toMatchObject({ issued: 2 });
    writeFileSync(`${list}.journal`, readFileSync(`${list}.journal`, "utf8").replaceAll(/,"digest":"[^"]*"/g, ""));
    expect((await done("import", list)).json).toMatchObject({ issued: 0, present: 2, refused: 0 });
  });

  test("of an export into an empty service gives the same export, but for ids and keys", async () => {
    const terms = { code: "exported", name: "Exported", duration: "P1Y", activationLimit: 2, features: { export: true } };
    const own = [
      ["ada@example.com", "", "KEY-OF-ADA-ABCDEFGH-01234567", "", "", "", "", "", ""],
      ["=SUM(A1)", '"a ""quoted"", name"', "", "", "", "", "", "", ""],
      ["'apostrophe", "'=1+1", "", "SUSPENDED", "2024-02-29T12:00:00Z", "2031-01-31T00:00:00Z", "1", '"{""tier"":""gold, plated"",""seats"":5}"', ""],
      ["gone", "Ünïcode 🗝", "", "REVOKED", "2025-01-01T00:00:00Z", "never", "unlimited", "", '"{""b"":1,""a"":""5, or =5"",""c"":5}"'],
      ["withdrawn", "", "", "", "", "", "", '"{""export"":null,""tier"":""gold""}"', ""],
      ["over", "", "", "EXPIRED", "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z", "7", "", ""],
      ...Array.from({ length: 120 }, (_, at) => [`many-${at}`, `Number ${at}`, "", "", "2026-03-01T00:00:00Z", at % 2 === 0 ? "never" : "2029-01-01T00:00:00Z", String(at + 1), "", ""]),
    ].map(([id, name, key, ...rest], at) => ["exported", at % 7 === 3 ? "organization" : "user", id, name, key, ...rest, at % 4 === 0 ? "" : `e-${at}`].join(","));
    const [first, exported] = [path.join(folder, "first.csv"), path.join(folder, "exported.csv")];
    writeFileSync(first, `${columns}\r\n${own.join("\r\n")}\r\n`);
    await done("api", "policies", "create", "--body", JSON.stringify(terms));
    expect((await done("import", first)).json).toMatchObject({ issued: own.length, refused: 0 });
    await done("export", exported, "--where", "policy=exported");
    const empty = await startService();
    const there = { environment: { ...environment, LICENSING_URL: empty.origin, LICENSING_TOKEN: await empty.token("admin") } };
    await licensing(["api", "policies", "create", "--body", JSON.stringify(terms)], there);
    expect(await licensing(["import", exported], there)).toMatchObject({ code: 0, json: { issued: own.length, refused: 0 } });
    const again = await licensing(["export"], there);
    const comparable = (text: string) => readCsv(text).map(([, ...fields]) => fields).toSorted((left, right) => (String(left[2]) < String(right[2]) ? -1 : 1));
    expect(comparable(again.out)).toEqual(comparable(readFileSync(exported, "utf8")));
    expect(comparable(again.out)).toHaveLength(own.length + 1);
  });

  test.each([
    ["a key twice in a file", `policy,holderType,holderId,key\nimported,user,k1,SAME-KEY-ABCDEFGH-01234567\nimported,user,k2,SAME-KEY-ABCDEFGH-01234567\n`, 3, /row 2 has the same key/],
    ["a key that is too short for the service", "policy,holderType,holderId,key\nimported,user,k1,ABCD-EFGH-0123456789-AB\n", 3, /row 2: key must have at least 24 characters/],
    ["a row with more fields than the header", "policy,holderId,name\nimported,k1,Smith, Jones and Co\nimported,k2,Smith,,\n", 3, /issued: 1;[^]*row 2: the row has more fields than the header/],
    ["a date in another form", "policy,holderType,holderId,expiresAt\nimported,user,k1,31.12.2030\n", 3, /row 2: expiresAt must be a date such as/],
    ["fields that semicolons separate", "policy;holderType;holderId\na;user;b\n", 2, /separated by commas/],
    ["an unknown column", "policy,holderType,holderId,colour\na,user,b,red\n", 2, /colour/],
    ["a needed column that is missing", "policy,holderType\na,user\n", 2, /holderId/],
    ["a quote that isn't closed", 'policy,holderType,holderId\na,user,"b\n', 2, /isn't CSV/],
  ])("names %s", async (name, text, code, sentence) => {
    const own = path.join(folder, `${name.replaceAll(" ", "-")}.csv`);
    writeFileSync(own, text);
    const ran = await licensing(["import", own, "--no-json"]);
    expect([ran.code, `${ran.out}${ran.err}`]).toEqual([code, expect.stringMatching(sentence)]);
  });

  test("writes each key that the service makes once, to a file that only its owner may read; the shortest imported key stays", async () => {
    const own = path.join(folder, "keyless.csv");
    const shortest = "ABCD-EFGH-0123456789-ABC";
    await policy("keyless");
    writeFileSync(own, `policy,holderType,holderId,key,externalId\nkeyless,user,"pat, a user",,p-1\nkeyless,user,sam@example.com,,\nkeyless,user,kay@example.com,${shortest},\n`);
    const keys = `${own}.keys.csv`;
    expect((await done("import", own)).json).toMatchObject({ issued: 3, refused: 0, keys });
    const [header, ...records] = readCsv(readFileSync(keys, "utf8"));
    expect([header, statSync(keys).mode & 0o777]).toEqual([["license", "holderType", "holderId", "externalId", "key"], 0o600]);
    expect(records.map(([, , holder, external]) => [holder, external]).toSorted()).toEqual([["pat, a user", "p-1"], ["sam@example.com", ""]]);
    for (const [id, , , , key = ""] of records) {
      expect((await done("api", "licenses", "validate", "--body", JSON.stringify({ key }))).json).toMatchObject({ license: { id } });
    }
    expect((await done("find", shortest)).json).toMatchObject([{ license: { holder: { id: "kay@example.com" } } }]);
    expect((await done("import", own)).json).not.toHaveProperty("keys");
    expect(readCsv(readFileSync(keys, "utf8"))).toHaveLength(3);
  });

  test("names each license whose key was made but not written, once, and how to make another; gets it from the service if the row is known by its place", async () => {
    await policy("lost");
    const own = path.join(folder, "lost.csv");
    writeFileSync(own, "policy,holderId,externalId,key\nlost,ada,l-1,\nlost,bob,,\nlost,cy,l-3,A-KEY-OF-CY-1234567890-ABCDEFGH\n");
    /** The service issues the licenses, and no answer arrives. */
    const losing = async (request: Request) => {
      const response = await fetch(request);
      if (request.method === "POST" && request.url.endsWith("/licenses")) throw new TypeError("the connection broke");
      return response;
    };
    expect((await licensing(["import", own], { client: { fetch: losing, sleep: async () => undefined } })).code).toBe(7);
    const second = await done("import", own);
    const { data } = (await done("api", "licenses", "list", "--query", "policy=lost", "--query", "limit=100")).json as { data: readonly { id: string; holder: { id: string } }[] };
    expect(data.map(({ holder }) => holder.id).toSorted()).toEqual(["ada", "bob", "cy"]);
    const id = data.find(({ holder }) => holder.id === "ada")?.id ?? "";
    expect(second.json).toMatchObject({ issued: 1, present: 2, keys: `${own}.keys.csv`, withoutKey: [{ row: 2, license: id }] });
    expect(second.err).toMatch(new RegExp(`^row 2: license ${id} .*licensing rotate-key ${id}`, "m"));
    expect(readCsv(readFileSync(`${own}.keys.csv`, "utf8")).slice(1).map(([, , holder]) => holder)).toEqual(["bob"]);
    expect((await done("import", own)).json).not.toHaveProperty("withoutKey");
  });

  test("names no license whose key was written before the import was killed, and writes the next key on a line of its own", async () => {
    await policy("written");
    const own = path.join(folder, "written.csv");
    writeFileSync(own, "policy,holderId,externalId\nwritten,ada,w-1\n");
    await done("import", own);
    rmSync(`${own}.journal`);
    const again = await done("import", own);
    expect([again.json, again.err]).toEqual([{ issued: 0, present: 1, refused: 0 }, "1 of 1 rows\n"]);
    // The disk was full within a line.
    const keys = `${own}.keys.csv`;
    writeFileSync(keys, readFileSync(keys, "utf8").slice(0, -5));
    rmSync(`${own}.journal`);
    writeFileSync(own, "policy,holderId,externalId\nwritten,ada,w-1\nwritten,bob,w-2\n");
    expect((await done("import", own)).json).toMatchObject({ issued: 1, present: 1, withoutKey: [{ row: 2 }] });
    expect(readCsv(readFileSync(keys, "utf8")).map(([, , holder]) => holder)).toEqual(["holderId", "ada", "bob"]);
  });

  test("takes the columns of other servers by their names, with their states and policies, and the same key in a second file as the same license", async () => {
    const files = {
      keygen: "id,key,name,policy,owner,expiry,maxMachines,suspended,metadata,status\nk-1,ABCD-EFGH-0123456789-KEYGEN,,P-100,kim@example.com,,5,false,\"{\"\"order\"\":1}\",ACTIVE\nk-2,ABCD-EFGH-0123456789-KEYGE2,,P-100,lou@example.com,2030-01-01,,true,,SUSPENDED\n",
      "lemon-squeezy": "id,key,variant_id,user_email,user_name,activation_limit,disabled,expires_at\n7,38B1460A-5104-4067-A91D-77B872934D51,P-100,mo@example.com,Mo,3,1,2030-01-24T14:15:07.000000Z\n",
      cryptlex: "id,key,productId,user,allowedActivations,suspended,revoked,expiresAt\nc-1,0E98FC-49E6A6-A8C7C5-F0C7F8-CRYPT1,P-100,ny@example.com,2,true,true,\n",
    };
    const end = (licenses: readonly { holder: { id: string }; status: string; expiresAt: string | null; activationLimit: number | null }[]) =>
      licenses.map(({ holder, status, expiresAt, activationLimit }) => [holder.id.slice(0, 3), status, expiresAt?.slice(0, 10) ?? null, activationLimit]).toSorted();
    for (const [name, text] of Object.entries(files)) {
      const own = path.join(folder, `${name}.csv`);
      writeFileSync(own, text);
      const arguments_ = ["import", own, "--map", name, "--policy", "P-100=imported"];
      expect((await done(...arguments_)).json).toMatchObject({ issued: name === "keygen" ? 2 : 1, refused: 0 });
      rmSync(`${own}.journal`);
      expect((await done(...arguments_)).json).toMatchObject({ issued: 0, present: name === "keygen" ? 2 : 1 });
    }
    const { data } = (await done("api", "licenses", "list", "--query", "policy=imported", "--query", "limit=4")).json as { data: Parameters<typeof end>[0] };
    expect(end(data)).toEqual([["kim", "ACTIVATED", null, 5], ["lou", "SUSPENDED", "2030-01-01", null], ["mo@", "SUSPENDED", "2030-01-24", 3], ["ny@", "REVOKED", null, 2]]);
  });
});

test("--follow prints every event once, in each license's order, though every third answer is lost", async () => {
  const begun = new Date().toISOString();
  await policy("followed");
  const { license: { id } } = (await done("issue", "--policy", "followed", "--holder", "f1")).json as Licensed;
  const interruption = new AbortController();
  let asked = 0;
  const losing = async (request: Request) => {
    const response = await fetch(request);
    if ((asked += 1) % 3 === 0) throw new TypeError("the connection broke");
    return response;
  };
  const lines: { licenseId: string; sequence: number; type: string }[] = [];
  const { promise: revoked, resolve } = Promise.withResolvers<void>();
  const out = (text: string) => {
    lines.push(JSON.parse(text) as (typeof lines)[number]);
    // The other tests' licenses are followed too.
    if (lines.at(-1)?.type === "revoked" && lines.at(-1)?.licenseId === id) resolve();
  };
  const following = licensing(["events", "--follow", "--after", begun, "--interval", "20"], { signal: interruption.signal, client: { fetch: losing, sleep: async () => undefined }, out });
  for (let time = 0; time < 5; time += 1) {
    await done("suspend", id);
    await done("reinstate", id);
  }
  await done("revoke", id);
  await revoked;
  interruption.abort();
  expect((await following).code).toBe(130);
  const own = lines.filter(({ licenseId }) => licenseId === id);
  expect(own.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 12 }, (_, at) => at + 1));
  const all = lines.map(({ licenseId, sequence }) => `${licenseId}#${sequence}`);
  expect(new Set(all).size).toBe(all.length);
});

test("--follow prints every event once, in each license's order, through ten restarts of the service", async () => {
  const begun = new Date().toISOString();
  await policy("restarted");
  const ids = await Promise.all(["r1", "r2"].map(async (holder) => ((await done("issue", "--policy", "restarted", "--holder", holder)).json as Licensed).license.id));
  /** The service as it starts anew: another process's memory and port, the same tables. Undefined: it is down. */
  let current: Gateway | undefined;
  const start = async () => (current = await startGateway({ routes, invoke: invokeInProcess(createRuntime({ environment: service.environment, print: () => undefined, transport: steadyTransport() })), port: 0 }));
  const toCurrent = (request: Request) => (current === undefined ? Promise.reject(new TypeError("refused")) : fetch(new Request(request.url.replace(service.origin, current.origin), request)));
  const lines: { readonly licenseId: string; readonly sequence: number }[] = [];
  let waiting: { readonly isMet: () => boolean; readonly resolve: () => void } | undefined;
  let downs = 0;
  const until = (isMet: () => boolean) => new Promise<void>((resolve) => (isMet() ? resolve() : (waiting = { isMet, resolve })));
  const look = () => waiting?.isMet() === true && waiting.resolve();
  const interruption = new AbortController();
  await start();
  const following = licensing(["events", "--follow", "--after", begun, "--interval", "10"], {
    signal: interruption.signal, client: { fetch: toCurrent, sleep: async () => undefined },
    out: (text) => (lines.push(JSON.parse(text) as (typeof lines)[number]), look()),
    err: () => ((downs += 1), look()),
  });
  const own = (id: string | undefined) => lines.filter(({ licenseId }) => licenseId === id).map(({ sequence }) => sequence);
  for (let restart = 1; restart <= 10; restart += 1) {
    await Promise.all(ids.map((id) => done("suspend", id)));
    const gone = current;
    current = undefined;
    await gone?.close();
    await until(() => downs === restart);
    await Promise.all(ids.map((id) => done("reinstate", id)));
    await start();
    await until(() => ids.every((id) => own(id).length >= 1 + 2 * restart));
  }
  interruption.abort();
  expect((await following).code).toBe(130);
  await current?.close();
  for (const id of ids) expect(own(id)).toEqual(Array.from({ length: 21 }, (_, at) => at + 1));
});

test("the program starts by its name, and helps", async () => {
  const bin = path.join(import.meta.dirname, "../../core/cli/licensing.mjs");
  expect(statSync(bin).mode & 0o111).not.toBe(0);
  const { stdout } = await promisify(execFile)(process.execPath, [bin, "--help"]);
  for (const name of ["find", "show", "issue", "suspend", "events", "import", "export", "api", "login", "LICENSING_TOKEN", "130 interrupted"]) expect(stdout).toContain(name);
});
