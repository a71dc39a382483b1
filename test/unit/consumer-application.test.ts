import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { seatDigest } from "@licensing/core/certificate/crypto-node.ts";
import { writeLicenseFile } from "@licensing/core/certificate/license-file.ts";
import { openLicense, type LicenseStore } from "@licensing/core/consumer/application.ts";
import { machineFingerprint } from "@licensing/core/consumer/machine-fingerprint.ts";
import { emptyState, mergeStates, readState, stateText } from "@licensing/core/consumer/license-state.ts";
import type { Fetch } from "@licensing/core/consumer/request.ts";
import { claimsFor, license, licenseId, nowMs, signingKey } from "../support/certificate-fixture.ts";
import { whenDone } from "../support/when-done.ts";

function folderOf(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), "licensing-fingerprint-"));
  whenDone(() => rmSync(folder, { recursive: true, force: true }));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  return folder;
}

const machineId = { "etc/machine-id": "0123456789abcdef0123456789abcdef\n" };
const cloudId = { "var/lib/cloud/data/instance-id": "i-0123456789abcdef0\n" };

describe("the fingerprint of a machine", () => {
  const of = (files: Readonly<Record<string, string>>, store = folderOf()) => machineFingerprint({ store, root: folderOf(files) });

  test.each([
    ["its machine-id", machineId, "machine-id"],
    ["D-Bus's machine-id", { "var/lib/dbus/machine-id": machineId["etc/machine-id"] }, "machine-id"],
    ["the cloud's instance id, which an image doesn't copy", { ...machineId, ...cloudId }, "cloud-instance-id"],
    ["the firmware of an EC2 instance", { ...machineId, "sys/class/dmi/id/board_asset_tag": "i-0fedcba9876543210\n" }, "cloud-instance-id"],
    ["its machine-id, if cloud-init has no cloud", { ...machineId, "var/lib/cloud/data/instance-id": "iid-datasource-none\n" }, "machine-id"],
    ["its machine-id, if the firmware has a placeholder", { ...machineId, "sys/class/dmi/id/board_asset_tag": "Not Specified\n" }, "machine-id"],
    ["a file in the store, without ids", {}, "store"],
    ["a file in the store, if the machine-id isn't set yet", { "etc/machine-id": "uninitialized\n" }, "store"],
    ["a file in the store, if the machine-id is all zeros", { "etc/machine-id": `${"0".repeat(32)}\n` }, "store"],
    ["a file in the store, in a container of Docker", { ...machineId, ...cloudId, ".dockerenv": "" }, "store"],
    ["a file in the store, in a container of Podman", { ...machineId, "run/.containerenv": "" }, "store"],
    ["a file in the store, in a pod of Kubernetes", { ...machineId, ...cloudId, "var/run/secrets/kubernetes.io/serviceaccount/token": "" }, "store"],
  ])("comes from %s, and says so, and is the same each time", async (_name, files, from) => {
    const store = folderOf();
    const first = await of(files, store);
    expect(first).toEqual({ fingerprint: expect.stringMatching(/^[0-9a-f]{32}$/), from });
    expect(await of(files, store)).toEqual(first);
  });

  test("doesn't show the id that it is made of", async () => {
    expect((await of(machineId)).fingerprint).not.toContain("0123456789abcdef");
  });

  test("is the volume's in containers of one image: the same after a container is made anew, and different in another container", async () => {
    const image = { ...machineId, ".dockerenv": "" };
    const [volume, other] = [folderOf(), folderOf()];
    const first = await of(image, volume);
    expect(await of(image, volume)).toEqual(first);
    expect((await of(image, other)).fingerprint).not.toBe(first.fingerprint);
  });

  test("is one for all processes that ask for the first time at once", async () => {
    const store = path.join(folderOf(), "not/there/yet");
    const all = await Promise.all(Array.from({ length: 20 }, () => of({}, store)));
    expect(new Set(all.map(({ fingerprint }) => fingerprint)).size).toBe(1);
    expect(readdirSync(store)).toEqual(["machine-fingerprint"]);
  });

  test("is made anew if its file is damaged, and then stays", async () => {
    const store = folderOf({ "machine-fingerprint": "cut of" });
    expect(await of({}, store)).toEqual(await of({}, store));
  });

  test("that the store can't hold gives a decision and a sentence, and no request", async () => {
    const folder = folderOf();
    symlinkSync(path.join(folder, "nowhere/file"), path.join(folder, "store"));
    const send = vi.fn();
    const opened = await openLicense({ url: "http://127.0.0.1:1", key: "LIC-1", trust: { publicKeys: signingKey.publicPem }, store: path.join(folder, "store"), fetch: send });
    onTestFinished(() => opened.close());
    // A machine with an id of its own needs no store for it.
    const isStore = send.mock.calls.length === 0;
    expect(opened.check()).toMatchObject({ state: "unknown", allowed: false, detail: expect.stringContaining("The license store can't be") });
    expect(opened.check().code).toBe(isStore ? "NOT_READ" : "UNREACHABLE");
  });
});

/** A service that gives one machine its seat, in memory. */
function createService({ leaseUntil = null as string | null } = {}) {
  const asked: string[] = [];
  const { id: _id, seats: _seats, lastEventHash: _hash, sequence: _sequence, fingerprintRequired: _required, ...terms } = license;
  const file = writeLicenseFile({ ...claimsFor({}, 30 * 86_400), fingerprint: seatDigest(licenseId, "machine-0001") }, signingKey);
  const asOf = new Date(nowMs).toISOString();
  const activation = { id: "7300000000000000012", leaseUntil, lastSeenAt: asOf };
  const send: Fetch = async (url) => {
    const { pathname } = new URL(url);
    asked.push(pathname.replace("/v1/api/licensing", ""));
    const body = pathname.endsWith("/file") ? { file } : { valid: true, code: "VALID", detail: "", license: { ...terms, id: licenseId }, activation, asOf };
    return new Response(JSON.stringify(body));
  };
  return { asked, send };
}

const inMemory = (): LicenseStore => {
  let text: string | undefined;
  return { read: async () => text, write: async (written) => void (text = written) };
};

describe("an open license asks by itself", () => {
  test.each([
    ["each hour", null, 3_600],
    ["four times in a seat's lease", new Date(nowMs + 600_000).toISOString(), 150],
  ])("%s, and not after it was closed", async (_name, leaseUntil, seconds) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const { asked, send } = createService({ leaseUntil });
    const opened = await openLicense({ url: "https://licensing.example.test/", key: "LIC-1", fingerprint: "machine-0001", trust: { publicKeys: signingKey.publicPem }, store: inMemory(), fetch: send, now: () => nowMs });
    expect([opened.check().state, asked]).toEqual(["active", ["/activations", `/licenses/${licenseId}/file`]]);
    await vi.advanceTimersByTimeAsync(seconds * 1000 - 1);
    expect(asked).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(asked.slice(2)).toEqual(["/licenses/validate"]);
    await vi.advanceTimersByTimeAsync(seconds * 1000);
    expect(asked.slice(2)).toEqual(["/licenses/validate", "/licenses/validate"]);
    await opened.close();
    const closed = asked.length;
    await vi.advanceTimersByTimeAsync(10 * seconds * 1000);
    expect(asked).toHaveLength(closed);
  });

  test("at the service's base address as well as at its origin", async () => {
    const { asked, send } = createService();
    const opened = await openLicense({ url: "https://licensing.example.test/v1/api/licensing/", key: "LIC-1", fingerprint: "machine-0001", trust: { publicKeys: signingKey.publicPem }, store: inMemory(), fetch: send, now: () => nowMs });
    expect(asked[0]).toBe("/activations");
    await opened.close();
  });
});

/** Answers of servers that aren't the service: maintenance pages, captive portals, proxies, gateways of other services. */
const foreign: readonly (readonly [string, () => Response])[] = [
  ["200 with an empty object", () => Response.json({})],
  ["200 with null", () => Response.json(null)],
  ["200 with a list", () => Response.json([])],
  ["200 with a page", () => new Response("<h1>Back soon</h1>", { headers: { "content-type": "text/html" } })],
  ["200 without a body", () => new Response(null)],
  ["200 with a text in each member", () => Response.json({ valid: "false", code: "REVOKED", detail: "", license: "", activation: "", file: "" })],
  ["200 with a denial without a code", () => Response.json({ valid: false })],
  ["200 with a permission without a license", () => Response.json({ valid: true, code: "VALID", detail: "" })],
  ["200 with a license without an id", () => Response.json({ valid: true, code: "VALID", detail: "", license: {}, activation: {}, asOf: "today" })],
  ["202 with an object", () => Response.json({ status: "queued" }, { status: 202 })],
  ["a redirect to a portal", () => new Response(null, { status: 302, headers: { location: "https://portal.example.test/" } })],
  ["401 without a body", () => new Response(null, { status: 401 })],
  ["401 with another service's code of the same name", () => Response.json({ code: "unauthenticated", message: "no token" }, { status: 401 })],
  ["403 of a proxy", () => Response.json({ message: "Forbidden" }, { status: 403 })],
  ["403 with a code that a decision may have", () => Response.json({ code: "FORBIDDEN", title: "Forbidden", status: 403 }, { status: 403 })],
  ["404 with a page", () => new Response("<h1>Not found</h1>", { status: 404 })],
  ["a problem document of another status", () => Response.json({ code: "license-revoked", title: "The license is revoked", status: 409 }, { status: 502 })],
];

describe("an answer that isn't the service's", () => {
  const hourMs = 3_600_000;
  function createNetwork(leaseUntil: string | null = null) {
    const { asked, send } = createService({ leaseUntil });
    const net = { nowMs, answer: undefined as (() => Response) | undefined };
    const store = inMemory();
    const through: Fetch = async (url, init) => net.answer?.() ?? send(url, init);
    const open = async () => {
      const opened = await openLicense({ url: "https://licensing.example.test", key: "LIC-1", fingerprint: "machine-0001", trust: { publicKeys: signingKey.publicPem }, store, fetch: through, now: () => net.nowMs });
      onTestFinished(() => opened.close());
      return opened;
    };
    return { net, asked, store, open };
  }

  test.each(foreign)("leaves a good file in force, at a refresh and at the next start: %s", async (_name, answer) => {
    const { net, open } = createNetwork();
    const opened = await open();
    net.answer = answer;
    expect(await opened.refresh()).toMatchObject({ state: "active", code: "VALID", problem: "UNREACHABLE", asOf: new Date(nowMs) });
    await opened.close();
    net.nowMs += hourMs;
    expect((await open()).check()).toMatchObject({ state: "active", code: "VALID", problem: "UNREACHABLE", detail: "The license is valid." });
  });

  test.each(foreign)("is no decision at the first start, and names the host: %s", async (_name, answer) => {
    const { net, open } = createNetwork();
    net.answer = answer;
    expect((await open()).check()).toMatchObject({ state: "unknown", code: "UNREACHABLE", detail: expect.stringMatching(/ \(licensing\.example\.test: answered \d{3}(?:, and not as the service does)?\)$/) });
    net.answer = undefined;
    expect((await open()).check()).toMatchObject({ state: "active", problem: null });
  });

  test.each(foreign)("is no file: %s", async (_name, answer) => {
    const { asked, store } = createNetwork();
    const { send } = createService();
    const through: Fetch = async (url, init) => (url.endsWith("/file") ? answer() : send(url, init));
    const opened = await openLicense({ url: "https://licensing.example.test", key: "LIC-1", fingerprint: "machine-0001", trust: { publicKeys: signingKey.publicPem }, store, fetch: through, now: () => nowMs });
    onTestFinished(() => opened.close());
    expect([opened.check().state, opened.check().code, asked]).toEqual(["unknown", "UNREACHABLE", []]);
  });

  test.each(foreign)("frees no seat, so the file of a leased seat stays: %s", async (_name, answer) => {
    const { net, open } = createNetwork(new Date(nowMs + hourMs).toISOString());
    const opened = await open();
    net.answer = answer;
    await opened.close();
    expect((await open()).check()).toMatchObject({ state: "active" });
  });

  test("(control) the service's own denials and its 204 count", async () => {
    const { net, open } = createNetwork(new Date(nowMs + hourMs).toISOString());
    const opened = await open();
    net.answer = () => Response.json({ valid: false, code: "REVOKED", detail: "The license is revoked." });
    expect(await opened.refresh()).toMatchObject({ state: "denied", code: "REVOKED" });
    net.answer = () => Response.json({ code: "license-suspended", title: "The license is suspended", status: 409, detail: "It is suspended." }, { status: 409 });
    expect((await open()).check()).toMatchObject({ state: "denied", code: "SUSPENDED", detail: "It is suspended." });
    net.answer = () => new Response(null, { status: 204 });
    await opened.close();
  });
});

describe("the states of two processes merge to", () => {
  const mine = { ...emptyState("us"), file: "mine", fileAtMs: 5, seenMs: 90 };
  const by = { user: "me", nowMs: 10 };
  test.each([
    ["mine, without another", mine, undefined, mine],
    ["mine, if the other is of another key or machine", mine, { ...mine, of: "them", fileAtMs: 9 }, mine],
    ["the newer file, with the time that was seen since", mine, { ...mine, file: "theirs", fileAtMs: 6, seenMs: 7 }, { ...mine, file: "theirs", fileAtMs: 6, seenMs: 7 }],
    ["the latest time under one file", mine, { ...mine, seenMs: 99 }, { ...mine, seenMs: 99 }],
    ["the service's later answer", { ...mine, word: { atMs: 3, denial: null } }, { ...mine, word: { atMs: 4, denial: { code: "REVOKED", detail: "" } } }, { ...mine, word: { atMs: 4, denial: { code: "REVOKED", detail: "" } } }],
    ["this process's answer, if it is later", { ...mine, word: { atMs: 5, denial: null } }, { ...mine, word: { atMs: 4, denial: { code: "REVOKED", detail: "" } } }, { ...mine, word: { atMs: 5, denial: null } }],
    ["all users whose time isn't over, each by its own entry", { ...mine, users: { me: 20, gone: 30 } }, { ...mine, users: { me: 15, other: 11, old: 10 } }, { ...mine, users: { me: 20, other: 11 } }],
  ])("%s", (_name, one, other, merged) => expect(mergeStates(one, other, by)).toEqual(merged));
});

describe("a store's text", () => {
  const state = { ...emptyState("us"), licenseId, file: "a file", fileAtMs: 5, seenMs: 9, word: { atMs: 7, denial: null } };

  test("is read as it was written", () => expect(readState(stateText(state))).toEqual(state));

  test.each([
    ["without a code", { at: 7, denial: {} }],
    ["without a time", { denial: null }],
    ["that is a text", "REVOKED"],
    ["that isn't there", undefined],
  ])("with an answer of the service %s loses only that answer", (_name, word) => {
    expect(readState(JSON.stringify({ ...JSON.parse(stateText(state)), word }))).toEqual({ ...state, word: null });
  });
});
