import { build } from "esbuild";
import { expect, test } from "vitest";
import { startCertificateServer, type CertificateServer } from "./certificate-server.ts";
import { describeOn, fromPlatforms } from "../support/platforms.ts";
import { applicationSecret, audience, certify, issuer, licenseId } from "../unit/consumer-world.ts";
import { createProject } from "./consumer-package-project.ts";
import { patient } from "../support/slowness.ts";

type Worker = {
  readonly dispatchFetch: (url: string, init?: { readonly headers?: Record<string, string>; readonly signal?: AbortSignal }) => Promise<Response>;
  readonly dispose: () => Promise<void>;
};
type Miniflare = { readonly Miniflare: new (options: Readonly<Record<string, unknown>>) => Worker };

/**
 * The way in which a Worker's gate gets `waitUntil`, if it does. "shared" is the control, whose gate shares readings between
 * requests.
 */
type Mode = "found" | "passed" | "middleware" | "without" | "shared";

/** The package as another team deploys it; each request sets the clock. */
const workerOf = (mode: Mode) => `
import { licenseGate } from "@licensing/consumer${mode === "without" || mode === "shared" ? "/portable" : ""}";
import { httpSource } from "@licensing/consumer/http";
import { jwksTrust } from "@licensing/consumer/jwks";
import { upstashSource } from "@licensing/consumer/upstash";
import { licenseMiddleware } from "@licensing/consumer/hono";
import { Hono } from "hono";

let nowMs = 0;
const now = () => nowMs;
const common = { applicationSecret: "${applicationSecret}", audience: "${audience}", issuer: "${issuer}", timeoutMs: ${patient(5_000)}, now, ${mode === "shared" ? 'io: "process",' : ""} };
let gate;
let byService;
function prepare(env) {
  gate ??= licenseGate({ ...common, source: upstashSource({ url: env.REDIS, token: "t" }), trust: jwksTrust({ url: env.KEY_SET, timeoutMs: ${patient(5_000)} }) });
  byService ??= licenseGate({ ...common, source: httpSource({ url: env.REDIS, credential: "KEY" }), trust: { publicKeys: env.KEYS } });
}
const app = new Hono();
app.use("/middleware", async (context, next) => licenseMiddleware({ gate, licenseId: (c) => c.req.header("x-license-id") })(context, next));
app.get("/middleware", (context) => context.json({ code: context.get("license").code }));

export default {
  async fetch(request, env, context) {
    prepare(env);
    nowMs = Math.max(nowMs, Number(request.headers.get("x-now")));
    const { pathname } = new URL(request.url);
    if (pathname === "/middleware") return app.fetch(request, env, context);
    const asked = pathname === "/service" ? byService : gate;
    const decision = await asked.check(request.headers.get("x-license-id") ?? undefined, undefined, ${mode === "passed" ? "context" : "undefined"});
    return Response.json({ state: decision.state, code: decision.code, problem: decision.problem });
  },
};`;

const project = await createProject();

async function bundled(mode: Mode): Promise<string> {
  const made = await build({
    stdin: { contents: workerOf(mode), resolveDir: project.folder },
    bundle: true,
    write: false,
    format: "esm",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*"],
  });
  return made.outputFiles[0]?.text ?? "";
}

async function startWorker(script: string, server: CertificateServer): Promise<Worker> {
  const { Miniflare } = await fromPlatforms<Miniflare>("miniflare");
  const { signingKey } = await import("../support/certificate-fixture.ts");
  return new Miniflare({ modules: true, script, compatibilityDate: "2025-09-01", bindings: { REDIS: server.url, KEY_SET: server.keySetUrl, KEYS: signingKey.publicPem } });
}

type Answer = { readonly state?: string; readonly code: string; readonly problem?: string | null };

async function ask(worker: Worker, atMs: number, { path = "/", id = licenseId, signal }: { path?: string; id?: string; signal?: AbortSignal } = {}): Promise<Answer> {
  try {
    const response = await worker.dispatchFetch(`http://worker.test${path}`, { headers: { "x-now": String(atMs), "x-license-id": id }, ...(signal && { signal }) });
    const text = await response.text();
    return response.status === 200 || response.status === 403 ? (JSON.parse(text) as Answer) : { state: "threw", code: text };
  } catch (error) {
    return { state: "threw", code: String(error) };
  }
}

const startMs = Date.parse("2026-11-23T10:00:00.000Z");
const requestsOfRound = 20;
const roundsOfLifetime = 17;
const lifetimes = 3;
const suspendedIn = 6;
/** refreshSeconds and one more reading. */
const boundRounds = 6;

type Broken = { readonly round: number; readonly answer: Answer };

/** Rounds of requests at once, a second apart, over isolates that come and go; in each lifetime the license is suspended and reinstated. */
async function interleave(mode: Mode): Promise<readonly Broken[]> {
  const server = await startCertificateServer();
  const script = await bundled(mode);
  const broken: Broken[] = [];
  let sequence = 1;
  const publish = (status: "ACTIVATED" | "SUSPENDED", atMs: number) => {
    sequence += 1;
    server.certificates.set(licenseId, certify({ status, sequence, fingerprintRequired: false }, { issuedAtMs: atMs }));
  };
  for (let lifetime = 0; lifetime < lifetimes; lifetime += 1) {
    const worker = await startWorker(script, server);
    publish("ACTIVATED", startMs + lifetime * 60_000);
    for (let round = 0; round < roundsOfLifetime; round += 1) {
      const atMs = startMs + lifetime * 60_000 + round * 1_000;
      if (round === suspendedIn) publish("SUSPENDED", atMs);
      const path = mode === "middleware" ? "/middleware" : "/";
      const answers = await Promise.all(Array.from({ length: requestsOfRound }, () => ask(worker, atMs, { path })));
      const wrong = answers.filter(({ state, code }) => state === "threw" || (round < suspendedIn ? code !== "VALID" : round > suspendedIn + boundRounds && code !== "SUSPENDED"));
      broken.push(...wrong.map((answer) => ({ round, answer })));
    }
    await worker.dispose();
  }
  return broken;
}

describeOn("miniflare", "on Cloudflare's workerd", () => {
  test.each<Mode>(["found", "without"])("1,020 requests interleaved over three isolates' lifetimes never throw, and none is active after the bound: waitUntil %s", async (mode) => {
    expect(await interleave(mode)).toEqual([]);
  });

  test("(control) with a gate that shares readings between requests, requests throw or stay active after the bound", async () => {
    expect((await interleave("shared")).length).toBeGreaterThan(0);
  });

  test("an HTTP source reads the service's certificate, and its license-not-found as NOT_FOUND", async () => {
    const server = await startCertificateServer();
    server.certificates.set(licenseId, certify({ fingerprintRequired: false }, { issuedAtMs: startMs }));
    const worker = await startWorker(await bundled("found"), server);
    expect(await ask(worker, startMs, { path: "/service" })).toMatchObject({ state: "active", code: "VALID" });
    expect(await ask(worker, startMs, { path: "/service", id: "42" })).toMatchObject({ state: "denied", code: "NOT_FOUND" });
    await worker.dispose();
  });

  test.each<Mode>(["found", "passed", "middleware"])("a refresh is handed to waitUntil, and the request that began it is answered before the refresh ends: %s", async (mode) => {
    const server = await startCertificateServer();
    const path = mode === "middleware" ? "/middleware" : "/";
    server.certificates.set(licenseId, certify({ fingerprintRequired: false }, { issuedAtMs: startMs }));
    const worker = await startWorker(await bundled(mode), server);
    expect(await ask(worker, startMs, { path })).toMatchObject({ code: "VALID" });
    server.certificates.set(licenseId, certify({ status: "SUSPENDED", sequence: 8, fingerprintRequired: false }, { issuedAtMs: startMs }));
    server.mode = "hold";
    expect(await ask(worker, startMs + 5_000, { path })).toMatchObject({ code: "VALID" });
    server.release();
    await expect.poll(() => ask(worker, startMs + 5_000, { path })).toMatchObject({ code: "SUSPENDED" });
    await worker.dispose();
  });

  test("a refresh that is cut off with its request is begun anew after refreshSeconds", async () => {
    const server = await startCertificateServer();
    server.certificates.set(licenseId, certify({ fingerprintRequired: false }, { issuedAtMs: startMs }));
    const worker = await startWorker(await bundled("without"), server);
    expect(await ask(worker, startMs)).toMatchObject({ code: "VALID" });
    server.certificates.set(licenseId, certify({ status: "SUSPENDED", sequence: 8, fingerprintRequired: false }, { issuedAtMs: startMs }));
    server.mode = "hold";
    const leaving = new AbortController();
    const before = server.readings;
    const cutOff = ask(worker, startMs + 5_000, { signal: leaving.signal });
    await expect.poll(() => server.readings).toBe(before + 1);
    expect(await ask(worker, startMs + 5_000)).toMatchObject({ code: "VALID" });
    leaving.abort();
    expect(await cutOff).toMatchObject({ state: "threw" });
    server.mode = "answer";
    expect(await ask(worker, startMs + 10_000)).toMatchObject({ state: "denied", code: "SUSPENDED" });
    server.release();
    await worker.dispose();
  });
});
