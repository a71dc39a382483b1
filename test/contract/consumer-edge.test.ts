import { build } from "esbuild";
import { expect, test } from "vitest";
import { startCertificateServer } from "./certificate-server.ts";
import { signingKey } from "../support/certificate-fixture.ts";
import { describeOn, fromPlatforms } from "../support/platforms.ts";
import { applicationSecret, audience, certify, issuer, licenseId } from "../unit/consumer-world.ts";
import { createProject } from "./consumer-package-project.ts";
import { patient } from "../support/slowness.ts";

type EdgeVm = { readonly evaluate: (code: string) => unknown; readonly context: { ask: (atMs: number, path: string, id: string) => Promise<{ status: number; code: string }> } };
type Edge = { readonly EdgeVM: new () => EdgeVm };

const project = await createProject();

/** The bundle that is deployed to Vercel's edge, which has `EdgeRuntime` and no `node:` modules. */
const deployed = `
import { Hono } from "hono";
import { licenseGate } from "@licensing/consumer";
import { httpSource } from "@licensing/consumer/http";
import { jwksTrust } from "@licensing/consumer/jwks";
import { licenseMiddleware } from "@licensing/consumer/hono";
import { upstashSource } from "@licensing/consumer/upstash";

let nowMs = 0;
globalThis.start = ({ url, keySetUrl, publicKeys }) => {
  const common = { applicationSecret: "${applicationSecret}", audience: "${audience}", issuer: "${issuer}", timeoutMs: ${patient(5_000)}, now: () => nowMs };
  const gate = licenseGate({ ...common, source: upstashSource({ url, token: "t" }), trust: jwksTrust({ url: keySetUrl, timeoutMs: ${patient(5_000)} }) });
  const byService = licenseGate({ ...common, source: httpSource({ url, credential: "KEY" }), trust: { publicKeys } });
  const app = new Hono();
  app.use("/redis", licenseMiddleware({ gate, licenseId: (c) => c.req.header("x-license-id") }));
  app.use("/service", licenseMiddleware({ gate: byService, licenseId: { header: "X-License-Id" } }));
  app.get("*", (context) => context.json({ code: context.get("license").code }));
  globalThis.ask = async (atMs, path, id) => {
    nowMs = atMs;
    const answer = await app.request(path, id === "" ? {} : { headers: { "x-license-id": id } });
    return { status: answer.status, code: (await answer.json()).code };
  };
};`;

describeOn("@edge-runtime/vm", "on Vercel's edge runtime", () => {
  test("the sources, the key set and the middleware work, and a suspended license is denied within refreshSeconds", async () => {
    const server = await startCertificateServer();
    const made = await build({ stdin: { contents: deployed, resolveDir: project.folder }, bundle: true, write: false, format: "iife", conditions: ["edge-light", "browser"] });
    const { EdgeVM } = await fromPlatforms<Edge>("@edge-runtime/vm");
    const vm = new EdgeVM();
    vm.evaluate(made.outputFiles[0]?.text ?? "");
    vm.evaluate(`start(${JSON.stringify({ url: server.url, keySetUrl: server.keySetUrl, publicKeys: signingKey.publicPem })})`);
    const startMs = Date.parse("2026-11-23T10:00:00.000Z");
    const { ask } = vm.context;
    server.certificates.set(licenseId, certify({ fingerprintRequired: false }, { issuedAtMs: startMs }));
    for (const path of ["/redis", "/service"]) {
      expect(await ask(startMs, path, licenseId)).toEqual({ status: 200, code: "VALID" });
      expect(await ask(startMs, path, "")).toEqual({ status: 403, code: "LICENSE_ID_INVALID" });
    }
    expect(await ask(startMs, "/service", "42")).toEqual({ status: 403, code: "NOT_FOUND" });
    server.certificates.set(licenseId, certify({ status: "SUSPENDED", sequence: 8, fingerprintRequired: false }, { issuedAtMs: startMs }));
    for (const path of ["/redis", "/service"]) {
      expect(await ask(startMs + 4_999, path, licenseId)).toEqual({ status: 200, code: "VALID" });
      expect(await ask(startMs + 5_000, path, licenseId)).toEqual({ status: 403, code: "SUSPENDED" });
    }
  });
});
