import assert from "node:assert/strict";
import { basePath as base } from "@licensing/core/http/address.ts";
import { invokeBundled } from "../../../infra/local/lambda/bundled.ts";
import { machineDocument } from "../../../infra/local/machine/document.ts";
import { startMachine } from "../../../infra/local/machine/machine.ts";
import { startGateway } from "../../../infra/local/lambda/gateway.ts";
import type { Gateway } from "../../../infra/local/lambda/gateway.ts";
import { certificateInRedis, openCertificate } from "../reader.ts";
import type { Serving } from "../serving.ts";
import { buildFunctions, probes, table } from "./functions.ts";
import { clientFile, installClient } from "./install.ts";

/**
 * Runs the functions under AWS's own Lambda runtime client instead of ours, to show that both run them alike. Ends with a line of
 * the passed and failed checks; a failed one is exit code 1.
 *
 *   node test/e2e/ric/run.ts
 */
type Send = (method: string, path: string, options?: { readonly body?: unknown; readonly authorization?: string }) => Promise<Answer>;
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Answer = { readonly status: number; readonly text: string; readonly body: any };
type Scene = { readonly serving: Serving; readonly send: Send; readonly probe: Send; readonly printed: readonly string[] };

const fingerprint = "a-machine-under-aws";
let passed = 0;
let failed = 0;

async function check(name: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
    passed += 1;
    console.log(`✓ ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`✗ ${name}\n  ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function main(): Promise<void> {
  installClient();
  const { folder, remove } = await buildFunctions();
  const printed: string[] = [];
  const options = { bundles: folder, client: [clientFile], print: (line: string) => void printed.push(line) };
  const machine = await startMachine({ file: null, print: () => undefined, invoke: (given) => invokeBundled({ ...given, ...options, table }) });
  const prober = await invokeBundled({ environment: machine.environment, runtime: machine.runtime, ...options, table: probes });
  let gateway: Gateway | undefined;
  try {
    gateway = await startGateway({ routes: probes, invoke: prober.invoke, port: 0 });
    const document = await machineDocument(machine, []);
    const applicationSecret = machine.environment["APP_ENV_APPLICATION_SECRET"] ?? "";
    const serving: Serving = { ...document, redis: { url: document.redis.url, token: document.redis.token ?? "" }, applicationSecret };
    const scene = { serving, send: sender(serving.baseUrl, serving.tokens.admin), probe: sender(gateway.origin, ""), printed };
    await checkMainJob(scene);
    await checkPlatform(scene);
  } finally {
    await gateway?.close();
    await prober.close();
    await machine.close();
    remove();
  }
}

async function checkMainJob({ serving, send, printed }: Scene): Promise<void> {
  let license = { id: "", key: "" };
  await check("functions without and with everything answer", async () => {
    assert.equal((await send("GET", "/healthz")).status, 200);
    const ready = await send("GET", "/readyz");
    assert.equal(ready.status, 200, ready.text);
  });
  await check("a policy is made and a license issued from it", async () => {
    assert.equal((await send("POST", `${base}/policies`, { body: { code: "under-aws", name: "Under AWS", duration: "P1Y", activationLimit: 1 } })).status, 201);
    const issued = await send("POST", `${base}/licenses`, { body: { policy: "under-aws", holder: { type: "user", id: "ada" } } });
    assert.equal(issued.status, 201, issued.text);
    license = { id: issued.body.license.id, key: issued.body.key };
  });
  await check("it validates by its own key and by a caller's token, and takes a seat", async () => {
    const own = await send("POST", `${base}/licenses/validate`, { body: { fingerprint }, authorization: `License ${license.key}` });
    assert.deepEqual([own.status, own.body.valid, own.body.activation?.created], [200, true, true], own.text);
    const called = await send("POST", `${base}/licenses/validate`, { body: { key: license.key, fingerprint } });
    assert.deepEqual([called.body.code, called.body.seats], ["VALID", { used: 1, limit: 1 }], called.text);
    assert.equal((await send("POST", `${base}/activations`, { body: { licenseId: license.id, fingerprint: "another-machine" } })).status, 409);
  });
  await check("a suspension is in Redis, signed, and opens with jose", async () => {
    assert.equal((await send("POST", `${base}/licenses/${license.id}/suspend`, { body: {} })).status, 200);
    const text = (await certificateInRedis(serving, license.id)) ?? "";
    const { claims } = await openCertificate(serving, { text, licenseId: license.id });
    assert.equal(claims.license.status, "SUSPENDED");
  });
  await check("lists, events and the key set are read", async () => {
    assert.equal((await send("GET", `${base}/licenses?policy=under-aws`)).body.data.length, 1);
    assert.deepEqual((await send("GET", `${base}/licenses/${license.id}/events`)).body.data.map((event: { type: string }) => event.type), ["created", "activated", "suspended"]);
    assert.equal((await send("GET", `${base}/.well-known/jwks.json`)).status, 200);
  });
  await check("an unknown address, and a call that isn't allowed, are problems", async () => {
    assert.equal((await send("GET", `${base}/nothing`)).body.code, "not-found");
    assert.equal((await send("GET", `${base}/licenses`, { authorization: "Bearer nobody" })).status, 401);
    assert.equal((await send("GET", `${base}/licenses`, { authorization: `Bearer ${serving.tokens.auditor}` })).status, 200);
  });
  await check("the functions' log lines arrive whole, and hold no key", () => {
    const lines = printed.filter((line) => line.includes('"message":"request"'));
    assert.ok(lines.length >= 10, `${lines.length} lines`);
    assert.ok(printed.every((line) => license.key === "" || !line.includes(license.key)));
    return Promise.resolve();
  });
}

async function checkPlatform({ probe }: Scene): Promise<void> {
  const failure = { message: "Internal Server Error" };
  await check("a function knows its request and its time, and is given what its row touches", async () => {
    const { body } = await probe("GET", "/probe/context");
    assert.match(body.requestId, /^[0-9a-f-]{36}$/);
    assert.ok(body.remainingMs > 0 && body.remainingMs <= 15_000);
    assert.deepEqual(body.environment, ["APP_ENV_LICENSING_KEY_PEPPER"]);
  });
  await check("an error, an end, a bundle that can't start and a callback handler are each a 500 that says nothing", async () => {
    for (const path of ["/probe/throw", "/probe/end", "/broken", "/callback"]) {
      const { status, body } = await probe("GET", path);
      assert.deepEqual([status, body], [500, failure], path);
    }
    assert.equal((await probe("GET", "/probe/well")).status, 200);
  });
}

function sender(origin: string, token: string): Send {
  return async (method, path, { body, authorization = `Bearer ${token}` } = {}) => {
    const response = await fetch(`${origin}${path}`, {
      method,
      headers: { authorization, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get("content-type") ?? "") || text.startsWith("{");
    return { status: response.status, text, body: isJson && text !== "" ? (JSON.parse(text) as unknown) : undefined };
  };
}

await main().catch((error: unknown) => {
  failed += 1;
  console.error(error instanceof Error ? error.message : error);
});
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
