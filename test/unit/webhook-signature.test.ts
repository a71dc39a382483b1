import { verifyAsync } from "@noble/ed25519";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { createRuntime } from "@licensing/core/platform/runtime.ts";
import { mintKeyPair, mintSecret, openKey, sealKey } from "@licensing/core/webhook/secret.ts";
import { publicKeyOf, signatureHeaders } from "@licensing/core/webhook/signature.ts";
import { onPath } from "../support/on-path.ts";
import { whenDone } from "../support/when-done.ts";

const runtime = createRuntime({ environment: { APP_ENV_LICENSING_KEY_PEPPER: "a pepper of the webhooks' tests" }, print: () => undefined });
const secret = mintSecret(runtime);
const former = mintSecret(runtime);
const stranger = mintSecret(runtime);
const pair = mintKeyPair(runtime);
const formerPair = mintKeyPair(runtime);
const strangerPair = mintKeyPair(runtime);

const id = "7301234567890123456";
const body = '{"type":"license.suspended","data":{"license":{"name":"Zoë – 日本 \\" 𝕏"}}}';
const both = { secrets: [secret, former], privateKeys: [pair.privateKey, formerPair.privateKey] };
const headers = signatureHeaders({ id, at: new Date(), body }, both);
const signedWith = (keys: Partial<typeof both>, at = new Date()) => signatureHeaders({ id, at, body }, { secrets: [], privateKeys: [], ...keys });

test("the headers are those of Standard Webhooks, with whole seconds", () => {
  const at = new Date("2026-11-23T10:00:00.999Z");
  expect(signedWith({ secrets: [secret] }, at)).toEqual({ "webhook-id": id, "webhook-timestamp": "1795428000", "webhook-signature": expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/) });
});

test("the signature is that of the specification's example", () => {
  // From the test suite of the reference libraries.
  const known = { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", at: new Date(1_614_265_330_000), body: '{"test": 2432232314}' };
  const signed = signatureHeaders(known, { secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], privateKeys: [] });
  expect(signed["webhook-signature"]).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
});

test("a delivery without any key is an error, not an unsigned request", () => expect(() => signedWith({})).toThrow("a delivery needs a key"));

describe("an invalid key is an error that doesn't contain it:", () => {
  test.each([
    ["a private key as a secret", { secrets: [pair.privateKey] }, "not a whsec_ key"],
    ["a secret without its prefix", { secrets: [secret.slice(6)] }, "not a whsec_ key"],
    ["an empty secret, under which anybody could sign", { secrets: ["whsec_"] }, "a whsec_ key has 24 to 64 bytes"],
    ["a secret that is no base64", { secrets: ["whsec_!?!?"] }, "a whsec_ key has 24 to 64 bytes"],
    ["a long secret", { secrets: [`whsec_${"A".repeat(88)}`] }, "a whsec_ key has 24 to 64 bytes"],
    ["a secret as a private key", { privateKeys: [secret] }, "not a whsk_ key"],
    ["a short private key", { privateKeys: ["whsk_AAAA"] }, "a whsk_ key has 32 bytes"],
  ])("%s", (_, keys, message) => expect(() => signedWith(keys)).toThrow(new TypeError(message)));
});

describe("the package standardwebhooks", () => {
  test.each([["the new secret", secret], ["the former secret", former]])("verifies with %s beside Ed25519 signatures", (_, each) => {
    expect(new Webhook(each).verify(body, headers)).toEqual(JSON.parse(body));
  });
  test.each([
    ["with another secret", stranger, body, headers],
    ["another body", secret, body.replace("suspended", "renewed"), headers],
    ["another id", secret, body, { ...headers, "webhook-id": "7301234567890123457" }],
    ["another time", secret, body, { ...headers, "webhook-timestamp": String(Number(headers["webhook-timestamp"]) + 1) }],
    ["an old delivery", secret, body, signedWith(both, new Date(Date.now() - 301_000))],
    ["Ed25519 signatures alone", secret, body, signedWith({ privateKeys: both.privateKeys })],
  ])("refuses %s", (_, key, text, given) => expect(() => new Webhook(key).verify(text, given)).toThrow());
});

describe("a secret", () => {
  test("has 32 bytes of randomness in standard base64", () => {
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(new Set([secret, former, stranger]).size).toBe(3);
  });
  const place = { purpose: "webhook-secret", webhookId: "1" } as const;
  const sealed = sealKey(runtime, secret, place);
  test("opens for its webhook and purpose alone", () => {
    expect(sealed).not.toContain(secret.slice(6, 16));
    expect(openKey(runtime, sealed, place)).toBe(secret);
    expect(openKey(runtime, sealed, { ...place, webhookId: "2" })).toBeUndefined();
    expect(openKey(runtime, sealed, { ...place, purpose: "webhook-signing-key" })).toBeUndefined();
  });
});

describe("an Ed25519 key pair", () => {
  test("has a public half that is derived from the private one, and differs for each webhook", () => {
    expect(pair.privateKey).toMatch(/^whsk_[A-Za-z0-9+/]{43}=$/);
    expect(pair.publicKey).toMatch(/^whpk_[A-Za-z0-9+/]{43}=$/);
    expect(publicKeyOf(pair.privateKey)).toBe(pair.publicKey);
    expect(pair.publicKey).not.toBe(formerPair.publicKey);
  });
  test("is the one that RFC 8032 §7.1 derives, and signs as it says", () => {
    const text = (hex: string) => Buffer.from(hex, "hex").toString("base64");
    const known = `whsk_${text("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")}`;
    expect(publicKeyOf(known)).toBe(`whpk_${text("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")}`);
  });
  test.each([["new", 0, pair], ["former", 1, formerPair]] as const)("signs what noble verifies: the %s one", async (_, index, { publicKey }) => {
    const signature = ed25519Signatures(headers)[index] ?? Buffer.alloc(0);
    const message = Buffer.from(`${id}.${headers["webhook-timestamp"]}.${body}`);
    expect(await verifyAsync(signature, message, Buffer.from(publicKey.slice(5), "base64"))).toBe(true);
    expect(await verifyAsync(signature, message, Buffer.from(strangerPair.publicKey.slice(5), "base64"))).toBe(false);
    expect(await verifyAsync(signature, Buffer.from(`${message.toString()} `), Buffer.from(publicKey.slice(5), "base64"))).toBe(false);
  });
});

function ed25519Signatures(of: Readonly<Record<string, string>>): readonly Buffer[] {
  return (of["webhook-signature"] ?? "").split(" ").filter((text) => text.startsWith("v1a,")).map((text) => Buffer.from(text.slice(4), "base64"));
}

/** The samples of the README, as a reader copies them. */
const readme = readFileSync(path.join(import.meta.dirname, "../../core/webhook/README.md"), "utf8");
const folder = mkdtempSync(path.join(os.tmpdir(), "licensing-webhook-"));
whenDone(() => rmSync(folder, { recursive: true, force: true }));
type Headers = Readonly<Record<string, string>>;
type Case = { readonly key: string; readonly headers: Headers; readonly body: Buffer };
/** Which of the cases a sample accepts. */
type Sample = (cases: readonly Case[]) => Promise<readonly boolean[]> | readonly boolean[];

function fileOf(language: string, name: string): string {
  const [, text = ""] = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "m").exec(readme) ?? [];
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

const typescript: Sample = async (cases) => {
  const file = fileOf("ts", "sample.ts");
  const { isGenuine } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as { isGenuine: (key: string, given: Headers, text: Buffer) => boolean };
  return cases.map(({ key, headers: given, body: text }) => isGenuine(key, given, text));
};

const python: Sample = (cases) => {
  const main = "import base64, json, sys; from sample import is_genuine; print(json.dumps([is_genuine(key, headers, base64.b64decode(body)) for key, headers, body in json.load(sys.stdin)]))";
  fileOf("python", "sample.py");
  const input = JSON.stringify(cases.map(({ key, headers: given, body: text }) => [key, given, text.toString("base64")]));
  return JSON.parse(execFileSync("python3", ["-c", main], { input, cwd: folder, encoding: "utf8" })) as boolean[];
};

const shell: Sample = (cases) =>
  cases.map(({ key, headers: given, body: text }) => {
    const parts = ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => given[name] ?? "");
    const { status, stderr } = spawnSync("sh", [fileOf("sh", "sample.sh"), ...parts], { input: text, env: { ...process.env, WEBHOOK_SECRET: key }, encoding: "utf8" });
    if (status !== 0 && (status !== 1 || stderr !== "")) throw new Error(`ended with ${status}: ${stderr}`);
    return status === 0;
  });

/** A program that is missing skips its sample by name; with `CI=true` the sample fails instead. */
const isSkipped = (program: string) => onPath(program) === undefined && process.env["CI"] !== "true";
const genuine: Case = { key: secret, headers, body: Buffer.from(body) };

describe.each([
  ["TypeScript", typescript, "node"],
  ["Python", python, "python3"],
  ["shell", shell, "openssl"],
] as const)("the README's sample in %s", (_, sample, program) => {
  test.skipIf(isSkipped(program))("accepts the new and the former secret", async () => {
    expect(await sample([genuine, { ...genuine, key: former }])).toEqual([true, true]);
  });
  test.skipIf(isSkipped(program))("refuses another secret, body, id, time, a stale delivery, and headers that are missing or malformed", async () => {
    const refused: readonly Partial<Case>[] = [
      { key: stranger },
      { body: Buffer.from(`${body} `) },
      { body: Buffer.alloc(0) },
      { headers: { ...headers, "webhook-id": "1" } },
      { headers: { ...headers, "webhook-timestamp": String(Number(headers["webhook-timestamp"]) - 1) } },
      { headers: signedWith(both, new Date(Date.now() - 330_000)) },
      { headers: signedWith(both, new Date(Date.now() + 330_000)) },
      ...["", "v1,", "v1,AAAA v1", "v1,é", (headers["webhook-signature"] ?? "").replaceAll("v1,", "v2,")].map((text) => ({ headers: { ...headers, "webhook-signature": text } })),
    ];
    expect(await sample(refused.map((each) => ({ ...genuine, ...each })))).toEqual(refused.map(() => false));
  });
});

test("the README's sample in TypeScript verifies Ed25519 signatures by the public key, and refuses another key, body or signature", async () => {
  const byKey = { ...genuine, key: pair.publicKey };
  expect(await typescript([byKey, { ...genuine, key: formerPair.publicKey }])).toEqual([true, true]);
  const refused = [{ key: strangerPair.publicKey }, { body: Buffer.from(`${body} `) }, { headers: { ...headers, "webhook-signature": "v1a,AAAA v1a," } }, { headers: signedWith({ secrets: [secret] }) }];
  expect(await typescript(refused.map((each) => ({ ...byKey, ...each })))).toEqual(refused.map(() => false));
});
