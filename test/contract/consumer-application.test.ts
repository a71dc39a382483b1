import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { openLicense, readRequest, type ApplicationDecision, type ApplicationOptions, type LicenseStore } from "@licensing/core/consumer/application.ts";
import { jwksTrust } from "@licensing/core/consumer/jwks.ts";
import type { Fetch } from "@licensing/core/consumer/request.ts";
import { publicJwks } from "@licensing/core/keyring/ring.ts";
import { parsePublicKeys } from "@licensing/core/keyring/verify-key.ts";
import { createPolicy, issueLicense } from "../support/fixtures.ts";
import { startKeySetServer } from "../support/key-set-server.ts";
import { base, startService } from "../support/service.ts";
import { patient } from "../support/slowness.ts";
import { whenDone } from "../support/when-done.ts";

const run = promisify(execFile);
const start = "2027-03-01T09:00:00.000Z";
const machine = "press-hall-0001";
const service = await startService({ now: start });
const { call, clock } = service;

/** A customer's machine: a folder, a clock and a network that can be switched off. */
function createMachine({ fingerprint = machine, folder = mkdtempSync(path.join(os.tmpdir(), "licensing-machine-")) } = {}) {
  whenDone(() => rmSync(folder, { recursive: true, force: true }));
  const at = { plugged: true, nowMs: Date.parse(start), requests: [] as string[] };
  const send: Fetch = async (url, init) => {
    at.requests.push(`${init.method} ${new URL(url).pathname.replace(base, "").replaceAll(/\d{6,}/g, "…")}`);
    if (!at.plugged) throw Object.assign(new TypeError("fetch failed"), { cause: { code: "ENETUNREACH" } });
    return fetch(url, init);
  };
  const open = async (key: string | undefined, more: Partial<ApplicationOptions> = {}) => {
    const net = key === undefined ? {} : { url: service.origin, key };
    const license = await openLicense({ ...net, fingerprint, trust: { publicKeys: service.publicPem }, store: folder, audience: "licensing", fetch: send, now: () => at.nowMs, ...more });
    whenDone(() => license.close());
    return license;
  };
  /** Both clocks, the machine's and the service's. */
  const wait = (seconds: number) => {
    at.nowMs += seconds * 1000;
    clock.set(new Date(at.nowMs));
  };
  return { at, folder, open, wait };
}

async function licensed(terms: object = {}) {
  clock.set(start);
  const policy = await createPolicy(service, { duration: "P1Y", fileLifetime: "P30D", activationLimit: 1, releases: null, ...terms });
  return issueLicense(service, policy);
}

const told = ({ state, allowed, code }: ApplicationDecision) => `${state} ${String(allowed)} ${code}`;
const active = "active true VALID";
const day = 86_400;

describe("software on a customer's machine", () => {
  test("takes a seat and a file at its first start, and works without a network after a restart, until the file ends", async () => {
    const license = await licensed();
    const { at, open, wait } = createMachine();
    const first = await open(license.key);
    expect(told(first.check())).toBe(active);
    expect(at.requests).toEqual(["POST /activations", "POST /licenses/…/file"]);
    expect([first.license?.id, first.check().license?.holder.id]).toEqual([license.licenseId, first.license?.holder.id]);
    await first.close();
    at.plugged = false;
    wait(30 * day - 1);
    const later = await open(license.key);
    expect([told(later.check()), later.check().problem]).toEqual([active, "UNREACHABLE"]);
    expect(told(later.check({ features: ["export"] }))).toBe("denied false FEATURES_MISSING");
    wait(1);
    const ended = later.check();
    expect([told(ended), ended.detail]).toEqual(["denied false CERTIFICATE_EXPIRED", expect.stringMatching(/^The license file of this machine has ended: connect it to the network once\. \(.*ENETUNREACH\)$/)]);
    await later.close();
    expect(told((await open(license.key)).check())).toBe("denied false CERTIFICATE_EXPIRED");
  });

  test("makes no request at a start soon after the service's last answer", async () => {
    const license = await licensed();
    const { at, open, wait } = createMachine();
    await (await open(license.key)).close();
    at.requests.length = 0;
    wait(3_599);
    await (await open(license.key)).close();
    expect(at.requests).toEqual([]);
    wait(1);
    expect(told((await open(license.key)).check())).toBe(active);
    expect(at.requests).toEqual(["POST /licenses/validate"]);
  });

  test("stays denied if the clock is set back after the file's end, also after a restart", async () => {
    const license = await licensed();
    const { at, open, wait } = createMachine();
    const first = await open(license.key);
    at.plugged = false;
    wait(30 * day);
    expect(told(first.check())).toBe("denied false CERTIFICATE_EXPIRED");
    at.nowMs = Date.parse(start);
    expect(told(first.check())).toBe("denied false CERTIFICATE_EXPIRED");
    await first.close();
    expect(told((await open(license.key)).check())).toBe("denied false CERTIFICATE_EXPIRED");
  });

  test("(control) works again if the clock is set back and no check was made after the file's end", async () => {
    const license = await licensed();
    const { at, open, wait } = createMachine();
    await (await open(license.key)).close();
    at.plugged = false;
    wait(30 * day);
    at.nowMs = Date.parse(start);
    expect(told((await open(license.key)).check())).toBe(active);
  });

  test("recovers by the network from a clock that once ran ahead", async () => {
    const license = await licensed();
    const { at, open } = createMachine();
    const first = await open(license.key);
    at.nowMs += 365 * day * 1000;
    expect(told(first.check())).toBe("denied false CERTIFICATE_EXPIRED");
    await first.close();
    at.nowMs = Date.parse(start) + 60_000;
    clock.set(new Date(at.nowMs));
    const again = await open(license.key);
    expect(told(again.check())).toBe(active);
  });

  test("fetches a new file when half of its time is over, and when the license has changed, but not for other machines' seats", async () => {
    const license = await licensed({ activationLimit: 3 });
    const { at, open, wait } = createMachine();
    const opened = await open(license.key);
    const asked = async () => {
      at.requests.length = 0;
      expect(told(await opened.refresh())).toBe(active);
      return at.requests.length;
    };
    expect(await asked()).toBe(1);
    await call("POST", `${base}/activations`, { body: { licenseId: license.licenseId, fingerprint: "another-machine" } });
    expect(await asked()).toBe(1);
    await call("PATCH", license.at, { body: { features: { export: true } } });
    expect(await asked()).toBe(2);
    expect(told(opened.check({ features: ["export"] }))).toBe(active);
    expect(await asked()).toBe(1);
    wait(15 * day);
    expect(await asked()).toBe(2);
  });

  test("learns at the next refresh that its seat was freed, remembers that without a network, and takes a seat again at a start with a network", async () => {
    const license = await licensed();
    const { at, open } = createMachine();
    const opened = await open(license.key);
    const { data } = (await call("GET", `${license.at}/activations`)).body;
    await call("DELETE", `${base}/activations/${data[0].id}`);
    expect(told(opened.check())).toBe(active);
    const heard = await opened.refresh();
    expect([told(heard), heard.detail]).toEqual(["denied false NOT_ACTIVATED", "This machine's seat was freed: activate it again."]);
    expect(told(await opened.refresh())).toBe("denied false NOT_ACTIVATED");
    await opened.close();
    at.plugged = false;
    expect(told((await open(license.key)).check())).toBe("denied false NOT_ACTIVATED");
    at.plugged = true;
    expect(told((await open(license.key)).check())).toBe(active);
  });

  test.each([
    ["suspend", "SUSPENDED"], ["revoke", "REVOKED"],
  ])("learns of %s at the next refresh, and stays denied without a network", async (verb, code) => {
    const license = await licensed();
    const { at, open } = createMachine();
    const opened = await open(license.key);
    await call("POST", `${license.at}/${verb}`);
    expect(told(await opened.refresh())).toBe(`denied false ${code}`);
    await opened.close();
    at.plugged = false;
    const later = await open(license.key);
    expect(told(later.check())).toBe(`denied false ${code}`);
    if (verb === "revoke") return;
    at.plugged = true;
    await call("POST", `${license.at}/reinstate`);
    expect(told(await later.refresh())).toBe(active);
  });

  test("learns of a hand-over with a new key: the old key isn't accepted", async () => {
    const license = await licensed();
    const { open } = createMachine();
    const opened = await open(license.key);
    await call("POST", `${license.at}/transfer`, { body: { holder: { type: "user", id: "another" } } });
    const heard = await opened.refresh();
    expect([told(heard), heard.detail]).toEqual(["denied false FORBIDDEN", "The service doesn't accept this license key: it is mistyped, or it was replaced."]);
  });

  test("gets the holders of a full license's seats, and takes one over", async () => {
    const license = await licensed();
    await call("POST", `${base}/activations`, { body: { licenseId: license.licenseId, fingerprint: "another-machine", name: "Old press" } });
    const { open } = createMachine();
    const opened = await open(license.key);
    const full = opened.check();
    expect([told(full), full.holders]).toEqual(["denied false ACTIVATION_LIMIT_REACHED", [{ activationId: expect.any(String), fingerprint: "an…hine", name: "Old press", lastSeenAt: start }]]);
    expect(told(await opened.replace(full.holders?.[0]?.activationId ?? ""))).toBe(active);
    expect((await call("GET", `${license.at}/activations`)).body.data.filter((seat: { deactivatedAt: unknown }) => seat.deactivatedAt === null)).toMatchObject([{ fingerprint: machine }]);
  });

  test("trusts the service's key set while there is a network, and says without one that the keys can't be loaded", async () => {
    const license = await licensed();
    const { at, open } = createMachine();
    const keySet = await startKeySetServer(publicJwks(parsePublicKeys(service.publicPem)).keys);
    let plugged = true;
    const load: Fetch = async (url, init) => (plugged ? (fetch(url, init)) : Promise.reject(new TypeError("fetch failed")));
    const trust = () => jwksTrust({ url: keySet.url, fetch: load, cooldownSeconds: 0, timeoutMs: 10_000 });
    expect(told((await open(license.key, { trust: trust() })).check())).toBe(active);
    [plugged, at.plugged] = [false, false];
    const later = await open(license.key, { trust: trust() });
    expect([told(later.check()), later.check().detail]).toEqual(["unknown false KEYS_UNREACHABLE", expect.stringMatching(/^The keys that verify the license file can't be loaded\./)]);
    plugged = true;
    at.nowMs += 1_000;
    expect(told(await later.refresh())).toBe(active);
  });

  test("works with a policy that gives out no files, for as long as a certificate", async () => {
    const license = await licensed({ fileLifetime: null });
    const { at, open, wait } = createMachine();
    const opened = await open(license.key);
    expect(told(opened.check())).toBe(active);
    at.plugged = false;
    wait(day);
    expect(told(opened.check())).toBe("denied false CERTIFICATE_EXPIRED");
  });

  test("has a decision and a sentence at a first start without a network", async () => {
    const license = await licensed();
    const { at, open } = createMachine();
    at.plugged = false;
    const opened = await open(license.key);
    const cold = opened.check();
    expect([told(cold), cold.license, cold.detail]).toEqual(["unknown false UNREACHABLE", null, expect.stringMatching(/^The licensing service can't be reached, and this machine has no license file yet: connect it to the network once\. \(.*ENETUNREACH\)$/)]);
    at.plugged = true;
    expect(told(await opened.refresh())).toBe(active);
  });
});

describe("a floating seat", () => {
  const floating = { lease: "PT1H", activationLimit: 1 };
  const seats = async (at: string) => (await call("GET", at)).body.seatsUsed as number;

  test("is kept by heartbeats and given back by close, which also drops its file", async () => {
    const license = await licensed(floating);
    const { at, open, wait } = createMachine();
    const opened = await open(license.key);
    for (let hour = 0; hour < 4; hour += 1) {
      wait(1_800);
      expect(told(await opened.refresh())).toBe(active);
    }
    expect(await seats(license.at)).toBe(1);
    await opened.close();
    expect(await seats(license.at)).toBe(0);
    expect(told(opened.check())).toBe("unknown false CLOSED");
    at.plugged = false;
    expect(told((await open(license.key)).check())).toBe("unknown false UNREACHABLE");
  });

  test("isn't used beyond its lease without a network, because another machine may have it", async () => {
    const license = await licensed(floating);
    const { at, open, wait } = createMachine();
    const opened = await open(license.key);
    at.plugged = false;
    wait(3_599);
    expect(told(opened.check())).toBe(active);
    wait(1);
    expect(told(opened.check())).toBe("denied false CERTIFICATE_EXPIRED");
    const other = createMachine({ fingerprint: "press-hall-0002" });
    other.at.nowMs = at.nowMs;
    expect(told((await other.open(license.key)).check())).toBe(active);
  });

  test("of a policy that gives out no files isn't used beyond its lease either, before and after a restart, and is kept by heartbeats", async () => {
    const license = await licensed({ ...floating, fileLifetime: null });
    const { at, open, wait } = createMachine();
    const opened = await open(license.key);
    wait(1_801);
    expect(told(await opened.refresh())).toBe(active);
    at.plugged = false;
    wait(3_599);
    expect([told(opened.check()), told((await open(license.key)).check())]).toEqual([active, active]);
    wait(1);
    expect(told(opened.check())).toBe("denied false CERTIFICATE_EXPIRED");
    const other = createMachine({ fingerprint: "press-hall-0002" });
    other.at.nowMs = at.nowMs;
    expect(told((await other.open(license.key)).check())).toBe(active);
    expect(told((await open(license.key)).check())).toBe("denied false CERTIFICATE_EXPIRED");
    await call("DELETE", `${base}/activations/${(await call("GET", `${license.at}/activations`)).body.data.find(({ fingerprint }: { fingerprint: string }) => fingerprint === "press-hall-0002").id}`);
    at.plugged = true;
    expect(told((await open(license.key)).check())).toBe(active);
  });

  test("of two processes with one store is given back by the last one", async () => {
    const license = await licensed(floating);
    const { open } = createMachine();
    const [one, two] = [await open(license.key), await open(license.key)];
    await one.close();
    expect([await seats(license.at), told(two.check()), told(await two.refresh())]).toEqual([1, active, active]);
    await two.close();
    expect(await seats(license.at)).toBe(0);
  });
});

describe("a store", () => {
  test("that two processes share serves both: a new file or a denial of one reaches the other, and neither overwrites the other's", async () => {
    const license = await licensed({ activationLimit: 3 });
    const { at, open } = createMachine();
    const [one, two] = await Promise.all([open(license.key), open(license.key)]);
    expect([told(one.check()), told(two.check()), (await call("GET", license.at)).body.seatsUsed]).toEqual([active, active, 1]);
    await call("POST", `${license.at}/suspend`);
    at.nowMs += 1_000;
    expect(told(await one.refresh())).toBe("denied false SUSPENDED");
    at.plugged = false;
    expect(told(await two.refresh())).toBe("denied false SUSPENDED");
    await Promise.all([one.close(), two.close()]);
    expect(told((await open(license.key)).check())).toBe("denied false SUSPENDED");
  });

  test("serves two real processes that start at once: one seat, and a file for both", { timeout: patient(120_000) }, async () => {
    const license = await licensed();
    const { folder } = createMachine();
    const options = { url: service.origin, key: license.key, fingerprint: machine, trust: { publicKeys: service.publicPem }, store: folder, timeoutMs: 60_000 };
    const application = new URL("../../core/consumer/application.ts", import.meta.url).href;
    const program = `const { openLicense } = await import(${JSON.stringify(application)});
      const license = await openLicense({ ...${JSON.stringify(options)}, now: () => ${Date.parse(start)} });
      console.log(license.check().code);
      await license.close();`;
    const runs = await Promise.all([1, 2].map(() => run(process.execPath, ["--input-type=module", "-e", program])));
    expect(runs.map(({ stdout }) => stdout)).toEqual(["VALID\n", "VALID\n"]);
    expect([(await call("GET", license.at)).body.seatsUsed, readdirSync(folder)]).toEqual([1, ["license.json"]]);
    const offline = createMachine({ folder });
    offline.at.plugged = false;
    expect(told((await offline.open(license.key)).check())).toBe(active);
  });

  test("holds one whole text whenever it is read, however often two processes write it", async () => {
    const license = await licensed();
    const { open, folder } = createMachine();
    const [one, two] = await Promise.all([open(license.key), open(license.key)]);
    const refreshes = Promise.all(Array.from({ length: 10 }, () => [one.refresh(), two.refresh()]).flat());
    let reads = 0;
    for (let isDone = false; !isDone; reads += 1) {
      expect(JSON.parse(readFileSync(path.join(folder, "license.json"), "utf8"))).toMatchObject({ version: 1, licenseId: license.licenseId });
      isDone = await Promise.race([refreshes.then(() => true), new Promise<false>((resolve) => setImmediate(() => resolve(false)))]);
    }
    expect(reads).toBeGreaterThan(5);
    expect(readdirSync(folder)).toEqual(["license.json"]);
  });

  test.each([
    ["is cut", (text: string) => text.slice(0, text.length / 2)],
    ["is empty", () => ""],
    ["isn't JSON", () => "\0\0\0"],
    ["holds a list", () => "[]"],
    ["holds another shape", () => JSON.stringify({ of: 7 })],
    ["has a file that was changed", (text: string) => text.replace("BEGIN LICENSE-----\\n", "BEGIN LICENSE-----\\nQ")],
  ])("that %s gives a decision and a sentence without a network, and is mended with one", async (_name, damage) => {
    const license = await licensed();
    const { at, open, folder } = createMachine();
    await (await open(license.key)).close();
    const file = path.join(folder, "license.json");
    writeFileSync(file, damage(readFileSync(file, "utf8")));
    at.plugged = false;
    const damaged = await open(license.key);
    expect(told(damaged.check())).toMatch(/^unknown false (UNREACHABLE|MALFORMED)$/);
    expect(damaged.check().detail).toMatch(/damaged|can't be read/);
    await damaged.close();
    writeFileSync(file, damage(readFileSync(file, "utf8")));
    at.plugged = true;
    const mended = await open(license.key);
    expect(told(mended.check())).toBe(active);
    await mended.close();
    at.plugged = false;
    const after = (await open(license.key)).check();
    expect([told(after), after.detail]).toEqual([active, "The license is valid."]);
  });

  const failing = (code: string): LicenseStore => ({
    read: async () => undefined,
    write: async () => {
      throw Object.assign(new Error(`${code}: secret path /home/anna`), { code });
    },
  });
  test.each([
    ["full", failing("ENOSPC"), "The license store is full."],
    ["read-only", failing("EROFS"), "The license store can't be written: this user may not (EROFS)."],
    ["another user's", failing("EACCES"), "The license store can't be written: this user may not (EACCES)."],
    ["broken", { read: async () => { throw new Error("no"); }, write: async () => { throw new Error("no"); } }, "The license store can't be written."],
  ] as const)("that is %s gives the service's decision with a network, another one without, and a sentence with both", async (_name, store, sentence) => {
    const license = await licensed();
    const { at, open } = createMachine();
    const opened = await open(license.key, { store });
    const decision = opened.check();
    expect([told(decision), decision.detail]).toEqual([active, `The license is valid. ${sentence}`]);
    at.plugged = false;
    const later = (await open(license.key, { store })).check();
    expect(told(later)).toBe("unknown false UNREACHABLE");
    expect(later.detail).toMatch(new RegExp(`${sentence.replaceAll(/[.()]/g, "\\$&")}$`));
  });

  test("that was written for another key or machine is ignored", async () => {
    const [license, other] = [await licensed(), await licensed()];
    const { at, open, folder } = createMachine();
    await (await open(license.key)).close();
    at.plugged = false;
    expect(told((await open(other.key)).check())).toBe("unknown false UNREACHABLE");
    const stolen = createMachine({ fingerprint: "press-hall-0002", folder });
    stolen.at.plugged = false;
    expect(told((await stolen.open(license.key)).check())).toBe("unknown false UNREACHABLE");
  });
});

test("a file that a person brings ends a denial that came before it, and not one that came after it", async () => {
  const license = await licensed();
  const { at, open, wait } = createMachine();
  const opened = await open(license.key);
  const fileNow = async () => (await call("POST", `${license.at}/file`, { body: { fingerprint: machine } })).body.file as string;
  wait(60);
  const before = await fileNow();
  wait(60);
  await call("POST", `${license.at}/suspend`);
  expect(told(await opened.refresh())).toBe("denied false SUSPENDED");
  at.plugged = false;
  expect(told(await opened.accept(before))).toBe("denied false SUSPENDED");
  wait(60);
  await call("POST", `${license.at}/reinstate`);
  expect(told(await opened.accept(await fileNow()))).toBe(active);
  await opened.close();
  expect(told((await open(license.key)).check())).toBe(active);
});

describe("a machine that never has a network", () => {
  const fileOf = async (at: string, request: string, change = (text: string) => text) => {
    const asked = readRequest(change(request));
    return (await call("POST", `${at}/file`, { body: { fingerprint: asked?.fingerprint }, headers: { "idempotency-key": `file-${asked?.nonce}` } })).body.file as string;
  };

  test("makes a request, gets the file that the license's owner fetched for it, and works until the file's end", async () => {
    const license = await licensed();
    const { open, wait } = createMachine();
    const opened = await open(undefined);
    expect([told(opened.check()), opened.check().detail]).toEqual(["unknown false NOT_READ", "This machine has no license file yet."]);
    const request = opened.request();
    expect(readRequest(request)).toEqual({ fingerprint: machine, nonce: expect.stringMatching(/^[\w-]{22}$/) });
    const file = await fileOf(license.at, request, (text) => text.replaceAll("\n", "\r\n> "));
    expect(told(await opened.accept(file.replaceAll("\n", " ")))).toBe(active);
    await opened.close();
    const later = await open(undefined);
    expect(told(later.check())).toBe(active);
    wait(30 * day);
    expect(told(await later.refresh())).toBe("denied false CERTIFICATE_EXPIRED");
    expect(told(await later.accept(await fileOf(license.at, later.request())))).toBe(active);
  });

  test("keeps its file if another machine's, an older, a changed or no file is brought, and says so", async () => {
    const license = await licensed({ activationLimit: 3 });
    const { open, wait } = createMachine();
    const opened = await open(undefined);
    const older = await fileOf(license.at, opened.request());
    wait(60);
    const newer = await fileOf(license.at, opened.request());
    await opened.accept(newer);
    const theirs = (await call("POST", `${license.at}/file`, { body: { fingerprint: "press-hall-0002" } })).body.file as string;
    for (const [file, problem] of [[older, "ROLLBACK"], [theirs, "WRONG_LICENSE"], [newer.replace(/(-----BEGIN.*\n.{9})./, "$1_"), undefined], ["", "MALFORMED"], [7, "MALFORMED"]] as const) {
      const decision = await opened.accept(file as string);
      expect(told(decision)).toBe(active);
      if (problem !== undefined) expect(decision.problem).toBe(problem);
      else expect(decision.problem).not.toBeNull();
    }
  });

  test("makes requests that differ by their nonce, and that no mistake turns into another machine's", async () => {
    const { open } = createMachine();
    const opened = await open(undefined);
    const [one, two] = [opened.request(), opened.request()];
    expect(readRequest(one)?.nonce).not.toBe(readRequest(two)?.nonce);
    const block = one.indexOf("-----BEGIN");
    const body = [...one.slice(block).matchAll(/[A-Za-z0-9]/g)].map(({ index }) => block + index).filter((at) => at > one.indexOf("\n", block) && at < one.indexOf("-----END"));
    for (const at of body) {
      const changed = `${one.slice(0, at)}${one[at] === "A" ? "B" : "A"}${one.slice(at + 1)}`;
      expect(readRequest(changed)).toBeUndefined();
    }
  });
});

test.each([
  ["trust", { trust: "pem" }], ["trust.publicKeys", { trust: { publicKeys: "" } }], ["store", { store: "" }], ["store", { store: {} }], ["fingerprint", { fingerprint: "short" }],
  ["fingerprint", { fingerprint: undefined, store: { read: async () => undefined, write: async () => undefined } }], ["url", { url: "example.com" }], ["key", { key: "" }], ["key", { key: undefined }],
  ["refreshSeconds", { refreshSeconds: 0 }], ["timeoutMs", { timeoutMs: 0 }], ["licence", { licence: "" }],
])("opening rejects for an unusable option and names it: %s", async (name, change) => {
  const { folder } = createMachine();
  const options = { url: "http://127.0.0.1:1", key: "LIC-1", fingerprint: machine, trust: { publicKeys: service.publicPem }, store: folder, ...change };
  await expect(openLicense(options as unknown as ApplicationOptions)).rejects.toThrow(new RegExp(`^${name}: `));
});

test.each([[{ feature: ["x"] }], [{ fingerprint: machine }], [null], ["sso"], [{ features: "sso" }], [{ releasedAt: "yesterday" }]])("a question that can't be answered is denied, not allowed: %j", async (question) => {
  const license = await licensed();
  const { open } = createMachine();
  const opened = await open(license.key);
  expect(told(opened.check(question as never))).toBe("denied false QUESTION_INVALID");
});
